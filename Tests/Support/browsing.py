"""What programs that use our pages in Chromium have in common: how a page is looked at and gone through."""

from axe_playwright_python.sync_playwright import Axe


class Visit:
    """Keeps the pictures and the problems of one visit."""

    def __init__(self, folder):
        self.folder, self.problems = folder, []

    def examine(self, tab, where):
        """Looks at the page on screens of all kinds, leaves pictures of it, and asks axe."""
        for width, height, scheme in [(1280, 900, "light"), (1280, 900, "dark"),
                                      (390, 844, "light")]:
            tab.set_viewport_size({"width": width, "height": height})
            tab.emulate_media(color_scheme=scheme)
            tab.screenshot(path=f"{self.folder}/{where}-{width}-{scheme}.png", full_page=True)
            over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                self.problems.append(f"{where} {width}: is {over} px too wide")
            rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
            for rule in Axe().run(tab, options=rules).response["violations"]:
                for node in rule["nodes"][:2]:
                    self.problems.append(
                        f"{where} {width} {scheme}: {rule['id']}: {node['html'][:160]}")
        tab.set_viewport_size({"width": 1280, "height": 900})
        tab.emulate_media(color_scheme="light")

    def reach(self, tab, selector, steps=80):
        """Goes on with the Tab key until something has the focus."""
        for _ in range(steps):
            tab.keyboard.press("Tab")
            if tab.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
        self.problems.append(f"the Tab key does not reach {selector}")
