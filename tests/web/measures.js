// What of WCAG 2.2 AA a program can measure on a page; the browser tests run it there.
var numbers = (text) => { const found = text.match(/[\d.]+/g).map(Number); return found.length > 3 ? found : [...found, 1]; };
var channel = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
var luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
var ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const color = numbers(getComputedStyle(at).backgroundColor);
    if (color[3] === 1) return color;
  }
  return [255, 255, 255, 1];
};
// 1.4.3: text against what lies behind it.
var contrast = () => [...document.querySelectorAll("body *")].flatMap((node) => {
  const isText = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  if (!isText || !node.checkVisibility() || node.closest("svg, .visually-hidden, .skip, script, [hidden]")) return [];
  const style = getComputedStyle(node);
  const [one, two] = [luminance(numbers(style.color)), luminance(ground(node))];
  const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  return ratio < (isLarge ? 3 : 4.5) ? [`${node.tagName}.${node.className} ${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 30)}`] : [];
});
// 2.5.8: targets of 24 by 24 pixels at least.
var targets = () => [...document.querySelectorAll("button, .button, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select, textarea, label.choice")]
  .filter((node) => node.checkVisibility() && Math.min(node.getBoundingClientRect().height, node.getBoundingClientRect().width) < 24)
  .map((node) => node.outerHTML.slice(0, 80));
// 4.1.2: whatever can be used has a name.
var nameless = () => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, svg[role=img]")]
  .filter((node) => !(node.textContent.trim() || node.labels?.length || node.getAttribute("aria-label") || node.getAttribute("aria-labelledby")))
  .map((node) => node.outerHTML.slice(0, 80));
