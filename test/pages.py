"""pages.py -- HTML help pages: pages.py FOLDER PAGE...  What their text should be is in PAGE.txt.
SPDX-License-Identifier: BSD-3-Clause"""
import os
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "hr"}
# Which elements may stand directly in these; HTML 5 allows nothing else.
CHILDREN = {"dl": {"dt", "dd"}, "p": {"a", "b", "i", "br"}, "dt": {"b", "i", "a"}, "pre": set()}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.faults, self.text = [], [], [], [], []
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if self.open and self.open[-1] in CHILDREN and tag not in CHILDREN[self.open[-1]]:
            self.faults.append(f"{self.getpos()}: <{tag}> in <{self.open[-1]}>")
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs["href"]] if "href" in attrs else []
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{self.getpos()}: </{tag}> closes what is not open")

    def handle_data(self, data):
        if not {"style", "title", "nav", "footer", "h1"} & set(self.open):
            self.text.append(data)
        if self.open and self.open[-1] in ("dl", "html") and data.strip():
            self.faults.append(f"{self.getpos()}: text in <{self.open[-1]}>")


def words(text):
    return re.findall(r"\S+", text)


def check(folder, name, pages):
    page = Page()
    with open(os.path.join(folder, name + ".html"), encoding="utf-8") as f:
        source = f.read()
    page.feed(source)
    page.close()
    faults = page.faults + [f"<{tag}> is not closed" for tag in page.open]
    faults += [] if source.startswith("<!DOCTYPE html>\n") else ["no DOCTYPE"]
    faults += [f"no <{tag}>" for tag in ("head", "title", "body", "h1") if tag not in page.seen]
    faults += [f"id {i} twice" for i in set(page.ids) if page.ids.count(i) > 1]
    for link in page.links:
        if link.startswith("#"):
            faults += [] if link[1:] in page.ids else [f"{link} leads nowhere"]
        elif not re.match(r"https://\w+\.\w", link) and not os.path.exists(os.path.join(folder, link)):
            faults.append(f"{link} leads nowhere")
    if name != "index":
        with open(name + ".txt", encoding="utf-8") as f:
            want = words(f.read())
        got = words("".join(page.text))
        faults += [f"text differs near {g!r}, {w!r}" for g, w in zip(got, want) if g != w][:1]
        faults += [f"{len(got)} words, not {len(want)}"] if len(got) != len(want) else []
    else:
        faults += [f"no link to {p}" for p in pages if p + ".html" not in page.links]
    return [f"{name}.html: {fault}" for fault in faults]


def main():
    folder, pages = sys.argv[1], sys.argv[2:]
    faults = [fault for name in pages + ["index"] for fault in check(folder, name, pages)]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
