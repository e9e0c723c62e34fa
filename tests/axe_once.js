// axe judges the contrast of each *look* once: what has the same colours, type and ancestors as an element that
// passed, here or on an earlier page at this width, passes as well. Contrast is two thirds of axe's time, and
// most of a page is header, menu and rows that look alike. All other rules run on everything.
async ({ options, cleared }) => {
  const rule = axe._audit.rules.find(({ id }) => id === "color-contrast");
  const known = new Set(cleared);
  const met = new Set();
  const looks = new WeakMap();
  const own = (element) => {
    const style = getComputedStyle(element);
    return [
      element.localName, element.className, element.type, element.disabled, element.getAttribute("style"),
      style.color, style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.textShadow,
      style.fontSize, style.fontWeight, style.position, style.display, style.visibility,
    ].join("|");
  };
  // Two sums of the text (FNV-1a and djb2) make one number of 53 bits.
  const sum = (text) => {
    let [a, b] = [2166136261, 5381];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      a = Math.imul(a ^ code, 16777619);
      b = (Math.imul(b, 33) + code) | 0;
    }
    return (a >>> 0) * 2 ** 21 + (b >>> 11);
  };
  const look = (element) => {
    if (!element) return innerWidth;
    if (!looks.has(element)) looks.set(element, sum(`${look(element.parentElement)}>${own(element)}`));
    return looks.get(element);
  };
  const judged = rule.matches;
  rule.matches = (node, ...others) => {
    const seen = look(node);
    if (known.has(seen)) return false;
    const judges = judged(node, ...others);
    if (judges) {
      known.add(seen);
      met.add(seen);
    }
    return judges;
  };
  try {
    const { violations, incomplete } = await axe.run({ ...options, elementRef: true });
    // Neither wrong nor right (something lies over it, say) is not passed.
    for (const { id, nodes } of [...violations, ...incomplete])
      if (id === "color-contrast") for (const { element } of nodes) met.delete(look(element));
    for (const { nodes } of violations) for (const node of nodes) delete node.element;
    return { violations, cleared: [...met] };
  } finally {
    rule.matches = judged;
  }
};
