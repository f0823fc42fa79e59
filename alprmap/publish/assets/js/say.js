// What the page says, in the language of its reader. The English text is the key; a number in it stands for "#".
const Say = (() => {
  const NUMBER = /\d(?:[\d,.]*\d)?/g, FIXED = [];
  let tables = {}, lang = "en";
  const own = (table, key) => (table && Object.hasOwn(table, key) ? table[key] : null);
  // text("12 of 20 cameras") looks up "# of # cameras" and puts the numbers back in their order; {name} is filled last, from data
  const text = (english, values) => {
    const table = tables[lang];
    let out = own(table, english);
    if (out === null && table) {
      const numbers = english.match(NUMBER), form = numbers && own(table, english.replace(NUMBER, "#"));
      let k = 0;
      if (form) out = form.replace(/#/g, () => numbers[k++]);
    }
    out ??= english;
    return values ? out.replace(/\{(\w+)\}/g, (all, name) => (Object.hasOwn(values, name) ? String(values[name]) : all)) : out;
  };
  // the texts of the frame, noted once while nothing of the data stands in it
  const note = (root) => {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) if (walk.currentNode.data.trim()) FIXED.push([walk.currentNode, "", walk.currentNode.data]);
    for (const name of ["aria-label", "placeholder", "title"]) for (const node of root.querySelectorAll(`[${name}]`)) FIXED.push([node, name, node.getAttribute(name)]);
  };
  const apply = () => {
    document.documentElement.lang = lang;
    for (const [node, name, english] of FIXED) {
      const said = english.replace(english.trim(), () => text(english.trim()));
      if (name) node.setAttribute(name, said); else node.data = said;
    }
  };
  const use = (words, first) => { tables = words || {}; lang = first === "en" || own(tables, first) ? first : "en"; };
  const languages = () => ["en", ...Object.keys(tables)];
  return { text, note, apply, use, languages, get lang() { return lang; }, set lang(v) { if (languages().includes(v)) lang = v; } };
})();
const T = Say.text;
