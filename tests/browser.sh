#!/usr/bin/env bash
# The report in a real browser, without a window: browser.sh BINARY [FOLDER]. The page must not be wider
# than a phone, and prints. With FOLDER the screenshots are kept there, to be looked at. Skipped where
# Chromium is not installed.
set -u
# shellcheck source=tests/shell_testing.sh
[[ -z ${2:-} ]] || { mkdir -p "$2" && keep=$(realpath "$2"); }
. "$(dirname "$0")/shell_testing.sh"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    skip 'browser: the report' 'Chromium is not installed (apt-get install chromium)'
    finish
    exit
}
chromium() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$(mktemp -d -p "$work")" "$@" 2>/dev/null
}

run report "$here/../docs/results" --out page.html
check "browser: a page of the committed results" test "$status" -eq 0

# A window is at least 500 pixels wide, a frame within it is not.
frame() { # WIDTH HEIGHT: page-WIDTH.html, which shows the page's widths once it is loaded
    local width=$1 height=$2
    sed 's#</body>#<script>addEventListener("load", () => { const root = document.documentElement;\
        document.querySelectorAll("details").forEach(d => { d.open = true; });\
        parent.postMessage(root.scrollWidth + "/" + root.clientWidth + " sections " +\
        document.querySelectorAll("section").length, "*");\
        document.querySelectorAll("details details").forEach(d => { d.open = false; }); })</script></body>#' \
        page.html >inner.html
    cat >"page-$width.html" <<HTML
<!DOCTYPE html><style>body { margin: 0 } iframe { border: 0 }</style><p id="said"></p>
<iframe src="inner.html" width="$width" height="$height"></iframe>
<script>addEventListener("message", e => { document.getElementById("said").textContent = e.data; });</script>
HTML
}
for width in 320 1280; do
    frame "$width" 4000
    said=$(chromium --window-size=1400,1000 --virtual-time-budget=10000 --allow-file-access-from-files \
        --dump-dom "file://$work/page-$width.html" | grep -o 'id="said">[^<]*' | cut -d'>' -f2)
    read -r widths _ sections <<<"$said"
    check "browser: no wider than $width pixels ($said)" \
        test -n "$widths" -a "${widths%/*}" -le "${widths#*/}" -a "${widths#*/}" -le "$width"
    check "browser: every section is there" test "${sections:-0}" -eq "$(grep -c '<section' page.html)"
    for scheme in light dark; do
        chromium --window-size=$((width < 500 ? 500 : width)),4000 --hide-scrollbars \
            --blink-settings=preferredColorScheme=$([[ $scheme = dark ]] && echo 0 || echo 1) \
            --allow-file-access-from-files --screenshot="$work/$scheme-$width.png" \
            "file://$work/page-$width.html" >/dev/null
        check "browser: screenshot, $scheme, $width pixels" test -s "$scheme-$width.png"
    done
    check "browser: dark differs from light" bash -c "! cmp -s light-$width.png dark-$width.png"
done
chromium --no-pdf-header-footer --print-to-pdf="$work/page.pdf" "file://$work/page.html" >/dev/null
check "browser: prints" test "$(head -c 5 page.pdf)" = %PDF-
[[ -z ${keep:-} ]] || cp ./*.png page.pdf page.html "$keep"
finish
