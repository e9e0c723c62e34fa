// Suggestions while typing, on every <input data-suggest="address">: a combobox with a list (WAI-ARIA 1.2).
// Comfort only: without this file the box is a plain search box.
const WAIT_MS = 150;
let boxes = 0;

class Suggestions {
  constructor(input) {
    this.input = input;
    this.address = input.dataset.suggest;
    this.active = -1;
    this.timer = 0;
    this.asked = "";
    this.request = null;
    const id = `suggestions-${(boxes += 1)}`;
    this.list = document.createElement("ul");
    Object.assign(this.list, { id, className: "suggestions", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "搜索建议");
    this.status = document.createElement("p");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    for (const [name, value] of Object.entries({
      role: "combobox",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": id,
    })) {
      input.setAttribute(name, value);
    }
    const place = input.closest(".search-box") || input.parentElement;
    place.append(this.list, this.status);
    input.addEventListener("input", (event) => this.typed(event));
    // What an input method is still composing is no word yet.
    input.addEventListener("compositionend", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    // Before the box loses the focus, and with it the list.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  // Goes there; a box that wants an address (data-suggest-into) is filled with it instead.
  take(option) {
    if (!this.input.dataset.suggestInto) return location.assign(option.dataset.url);
    this.input.value = option.dataset.url;
    const title = option.firstChild.textContent;
    this.close();
    this.status.textContent = `已选：${title}`;
  }

  typed(event) {
    if (!event.isComposing) this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const typed = this.input.value.trim();
    if (typed === this.asked && !this.list.hidden) return;
    this.asked = typed;
    if (this.request) this.request.abort();
    if (!typed) return this.close();
    this.request = new AbortController();
    try {
      const address = new URL(this.address, location.href);
      address.searchParams.set("q", typed);
      const answer = await fetch(address, { signal: this.request.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return this.close();
      const { suggestions } = await answer.json();
      // Typed on meanwhile, or gone elsewhere.
      if (this.input.value.trim() === typed && document.activeElement === this.input) this.show(suggestions);
    } catch {
      this.close();
    }
  }

  show(suggestions) {
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(
      ...suggestions.map((suggestion, index) => {
        const option = document.createElement("li");
        option.id = `${this.list.id}-${index}`;
        option.dataset.url = suggestion.url;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const title = document.createElement("span");
        title.textContent = suggestion.title;
        const kind = document.createElement("span");
        kind.className = "suggestion-kind";
        kind.textContent = suggestion.kind_label;
        option.append(title, kind);
        return option;
      }),
    );
    const some = suggestions.length > 0;
    this.list.hidden = !some;
    this.input.setAttribute("aria-expanded", String(some));
    this.status.textContent = some ? `有 ${suggestions.length} 条建议，按上下键选择。` : "";
  }

  key(event) {
    if (event.isComposing) return;
    const options = this.list.children;
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (this.list.hidden) {
        if (event.key === "ArrowDown") this.later();
        return;
      }
      event.preventDefault();
      // One place beyond the options is the box itself.
      const places = options.length + 1;
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.choose(((this.active + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && this.active >= 0 && !this.list.hidden) {
      event.preventDefault();
      this.take(options[this.active]);
    }
  }

  choose(index) {
    this.active = index;
    [...this.list.children].forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === index));
    });
    const option = this.list.children[index];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  close() {
    clearTimeout(this.timer);
    if (this.request) this.request.abort();
    this.asked = "";
    this.active = -1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

for (const input of document.querySelectorAll("input[data-suggest]")) new Suggestions(input);
