// Chinese words and accessible names for the rich-text editor of the back office, which has neither.
"use strict";
(() => {
  const WORDS = {
    "Add caption": "加说明", "Add column": "加一列", "Add row": "加一行", "Block style": "段落样式",
    "Bullets": "圆点", "Cancel": "取消", "Columns": "列数", "Decimal numbers": "数字 1、2、3",
    "Delete column": "删除这一列", "Delete row": "删除这一行", "Delete table": "删除表格",
    "Edit Link": "编辑链接", "Include header row": "第一行是表头", "Insert": "插入", "Insert Table": "插入表格",
    "Insert table": "插入表格", "List properties": "列表样式", "List type": "编号样式",
    "Lowercase Roman numerals": "小写罗马数字", "Lowercase letters": "小写字母", "Merge cells": "合并单元格",
    "Open in new window": "在新窗口打开", "Paragraph": "正文段落", "Reset all classes": "恢复默认样式",
    "Rows": "行数", "Split cell": "拆分单元格", "Start at": "从几开始", "Styles": "样式",
    "Table Properties": "表格属性", "Title": "标题", "Toggle header cell": "设为或取消表头", "URL": "网址", "Update": "确定",
    "Uppercase Roman numerals": "大写罗马数字", "Uppercase letters": "大写字母", "Toggle fullscreen": "全屏",
    "Heading 2": "一级标题", "Heading 3": "二级标题", "Heading 4": "三级标题",
    "paragraph: default": "首行缩进", "heading: default": "标题靠左", "paragraph: 居中": "居中",
    "paragraph: 右对齐（落款）": "右对齐（落款）", "paragraph: 顶格（不缩进）": "顶格（不缩进）", "heading: 居中": "标题居中",
    "heading 2": "一级标题", "heading 3": "二级标题", "heading 4": "三级标题",
    "bold": "加粗", "italic": "斜体", "underline": "下划线", "strike": "删除线", "strikethrough": "删除线",
    "subscript": "下标", "superscript": "上标", "bulletList": "项目符号", "bullet list": "项目符号",
    "orderedList": "编号列表", "ordered list": "编号列表", "blockquote": "引用", "horizontalRule": "分隔线",
    "horizontal rule": "分隔线", "hardBreak": "换行", "insert link": "插入链接", "link": "链接",
    "remove link": "去掉链接", "unlink": "去掉链接", "undo": "撤销", "redo": "重做", "align left": "左对齐",
    "align center": "居中", "align right": "右对齐（落款）", "align justify": "两端对齐", "paragraph": "正文段落",
    "format_bold": "加粗", "format_italic": "斜体", "format_underline": "下划线", "format_strikethrough": "删除线",
    "format_list_bulleted": "项目符号", "format_list_numbered": "编号列表", "format_quote": "引用",
    "horizontal_rule": "分隔线", "add_link": "插入链接", "link_off": "去掉链接", "undo ": "撤销",
    "format_align_left": "左对齐", "format_align_center": "居中", "format_align_right": "右对齐（落款）",
    "format_align_justify": "两端对齐", "insert_link": "插入链接", "grid_on": "插入表格", "notes": "正文段落",
    "tune": "列表样式", "more_vert": "更多",
  };
  const earlier = window.gettext;
  window.gettext = (text) => WORDS[text] || (earlier ? earlier(text) : text);

  const word = (button) => {
    const known = [button.title, button.getAttribute("aria-label"), button.textContent];
    for (const text of known) {
      const key = (text || "").trim();
      if (WORDS[key]) return WORDS[key];
    }
    return "";
  };
  const nameAll = () => {
    for (const box of document.querySelectorAll(".ProseMirror[contenteditable]")) {
      if (box.getAttribute("aria-label")) continue;
      const editor = box.closest(".prose-editor");
      const area = editor && editor.querySelector("textarea");
      const label = area && area.id && document.querySelector(`label[for="${CSS.escape(area.id)}"]`);
      box.setAttribute("aria-label", label ? label.textContent.trim().replace(/[:：]$/, "") : "正文");
      box.setAttribute("role", "textbox");
      box.setAttribute("aria-multiline", "true");
    }
    for (const button of document.querySelectorAll(".prose-menubar button, .prose-editor button")) {
      const name = word(button);
      const shown = button.classList.contains("prose-menubar__option") ? button.firstElementChild || button : null;
      if (name && shown && shown.textContent !== name) shown.textContent = name;
      if (name && button.getAttribute("aria-label") !== name) {
        button.setAttribute("aria-label", name);
        button.title = name;
      }
    }
    // Labels that are no buttons (Block style); icons are words too, of a font, and stay.
    for (const bar of document.querySelectorAll(".prose-menubar")) {
      const texts = document.createTreeWalker(bar, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const text = texts.currentNode;
        const name = text.parentElement.closest(".material-icons") ? "" : WORDS[text.data.trim()];
        if (name && text.data !== name) text.data = name;
      }
    }
  };
  // A picture pasted from Word cannot come along (it lies on the writer's own disk): say so at once.
  document.addEventListener("paste", (event) => {
    const box = event.target.closest && event.target.closest(".prose-editor");
    const html = box && event.clipboardData ? event.clipboardData.getData("text/html") : "";
    const pictures = (html.match(/<img\b/gi) || []).length;
    if (!box || !pictures) return;
    let note = box.parentNode.querySelector(".paste-note");
    if (!note) {
      note = document.createElement("p");
      note.className = "paste-note";
      note.setAttribute("role", "status");
      box.after(note);
    }
    note.textContent = `${pictures} 张图片未能带入，请作为附件上传。`;
  }, true);
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      nameAll();
    });
  };
  document.addEventListener("DOMContentLoaded", () => {
    nameAll();
    new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
  });
})();
