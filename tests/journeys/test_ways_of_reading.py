import collections, time
import pytest
from tests.journeys.reading_world import everything
pytestmark=pytest.mark.browser
@pytest.fixture
def reading(db):
    return everything()

CUT = """
() => {
  const width = document.documentElement.clientWidth, faults = [], told = new Set();
  const name = one => one.tagName.toLowerCase() + (one.id ? "#" + one.id : "") + (one.classList.length ? "." + [...one.classList].join(".") : "");
  const say = (what, one) => faults.push(`${what} ${name(one.parentElement)}>${name(one)} "${(one.innerText || "").trim().slice(0, 30)}"`);
  if (document.documentElement.scrollWidth > width) faults.push("the page moves sideways");
  const scrolls = one => { for (let up = one; up; up = up.parentElement) if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return up; };
  for (const one of document.body.querySelectorAll("*:not(svg *)")) {
    if (!one.checkVisibility({visibilityProperty: true}) || one.closest(".visually-hidden, .skip, .trap, input, .cards-on-phone thead")) continue;
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    if (style.display === "inline" || !box.width) continue;
    if (/hidden|clip/.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1) say("cut at the side", one);
    if (/hidden|clip/.test(style.overflowY) && one.scrollHeight > one.clientHeight + 1) say("cut below", one);
    if (/auto|scroll/.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1 && !one.querySelector("table, pre")) say("moves sideways", one);
    if ((box.right > width + 1 || box.left < -1) && !scrolls(one)) { const table = one.closest("table"); if (!table || !told.has(table)) say("outside", one); if (table) told.add(table); }
  }
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const one = node.parentElement;
    if (!node.data.trim() || !one.checkVisibility({visibilityProperty: true}) || one.closest(".visually-hidden, .skip, .trap, .menu, svg, option, select") || (innerWidth < 640 && one.closest(".cards-on-phone thead"))) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) lines.push({box, one, node});
  }
  lines.sort((a, b) => a.box.top - b.box.top);
  lines.forEach((a, index) => {
    for (let next = index + 1; next < lines.length && lines[next].box.top < a.box.bottom; next++) {
      const b = lines[next];
      if (a.node === b.node) continue;
      const high = Math.min(a.box.bottom, b.box.bottom) - b.box.top, wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      if (wide > 2 && high > .45 * Math.min(a.box.height, b.box.height)) { say(`"${a.node.data.trim().slice(0, 20)}" lies over`, b.one); }
    }
  });
  return faults;
}
"""
def test_x(page, site, reading):
    t=time.time()
    found=collections.defaultdict(list)
    addresses=[p+a for a in reading.addresses for p in ("","/en")]+[a+q for a in reading.labels.values() for q in ("?lang=zh-hans","?lang=en")]
    for a in addresses:
        page.goto(site+a)
        for width, big in ((1280,0),(640,0),(320,0),(390,1),(320,1)):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(f"document.documentElement.classList.toggle('big', {big})")
            page.evaluate("document.querySelectorAll('details').forEach(one=>one.open=true)") if 1 else 0
            for f in page.evaluate(CUT):
                found[f].append(f"{a} {width}{'big' if big else ''}")
    for f,w in sorted(found.items()):
        print(f,"|",len(w),w[:3])
    print("get", time.time()-t)
    assert 0
