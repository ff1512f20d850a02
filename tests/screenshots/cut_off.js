// Returns each text that a box with hidden overflow cuts off by more than a pixel and a half, unless it scrolls.
() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = node.data.trim();
    if (!words || node.parentElement.closest('.visually-hidden, .visually-hidden-focusable, script, style, template, option'))
      continue;
    if (!node.parentElement.checkVisibility({ visibilityProperty: true })) continue;
    const short = node.parentElement.closest('.text-truncate');
    if (short && short.parentElement.querySelector('[data-copy]')) continue; // shortened on purpose; a button copies it all
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      let across = true, down = true;
      for (let box = node.parentElement; box && (across || down); box = box.parentElement) {
        const style = getComputedStyle(box), edge = box.getBoundingClientRect();
        if (style.display === 'inline' || box === document.body || box === document.documentElement) continue;
        if (across && /hidden|clip/.test(style.overflowX) && (rect.right > edge.right + 1.5 || rect.left < edge.left - 1.5))
          found.add(words.slice(0, 60));
        if (down && /hidden|clip/.test(style.overflowY) && (rect.bottom > edge.bottom + 1.5 || rect.top < edge.top - 1.5))
          found.add(words.slice(0, 60));
        across = across && !/auto|scroll/.test(style.overflowX);
        down = down && !/auto|scroll/.test(style.overflowY);
      }
    }
  }
  return [...found];
}
