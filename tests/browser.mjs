// Pages of reports in a real browser, driven by playwright-core: browser.mjs CHROMIUM PAGE HOSTILE LARGE FOLDER. Prints
// "ok NAME" or "FAIL NAME: WHY" for each check; screenshots go to FOLDER. PAGE is the report of docs/results, HOSTILE one whose
// names are markup, LARGE one of 10,000 runs.
import {createRequire} from "module";
import {readFileSync} from "fs";

const {chromium} = createRequire(new URL("../build/npm/", import.meta.url))("playwright-core");
const [browserPath, pageFile, hostileFile, largeFile, folder] = process.argv.slice(2);

function check(name, good, why = "") {
    console.log(good ? `ok browser: ${name}` : `FAIL browser: ${name}: ${why}`);
}

const browser = await chromium.launch({executablePath: browserPath, args: ["--no-sandbox"]});

// A page that says what it complains of and asks for.
async function open(file, {fragment = "", ...options} = {}) {
    const context = await browser.newContext({viewport: {width: 1300, height: 900}, acceptDownloads: true, ...options});
    const page = await context.newPage();
    page.complaints = [];
    page.on("console", m => { if (["error", "warning"].includes(m.type())) page.complaints.push(m.text()); });
    page.on("pageerror", error => page.complaints.push(error.message));
    page.on("dialog", dialog => { page.complaints.push("dialog " + dialog.message()); dialog.dismiss(); });
    page.on("request", request => {
        if (!/^(file|data|blob):/.test(request.url())) page.complaints.push("asks for " + request.url());
    });
    await page.goto(`file://${file}${fragment}`);
    return page;
}
async function close(page, name) {
    check(`${name}: no errors, and nothing asked of a network`, page.complaints.length === 0, page.complaints.join("; "));
    await page.context().close();
}
const rows = page => page.locator("#run-table tbody tr");
const count = page => page.locator("#run-count").textContent();
async function download(page, act) {
    const [file] = await Promise.all([page.waitForEvent("download"), act()]);
    return {name: file.suggestedFilename(), bytes: readFileSync(await file.path())};
}

async function firstScreen() {
    const page = await open(pageFile, {viewport: {width: 1300, height: 800}});
    const first = page.locator("#first");
    check("first screen: the paper's table", await first.locator("h2").textContent() === "mnist beside the paper");
    check("first screen: at most ten rows", await first.locator("tbody tr").count() <= 10);
    await page.locator("#first .drawing svg").waitFor();
    check("first screen: bits and pulses", (await first.locator(".legend").textContent()).includes("2 bits"));
    check("first screen: three findings", await first.locator(".findings li").count() === 3);
    const box = await first.locator(".findings").boundingBox();
    check("first screen: all of it within 900 pixels", box.y + box.height <= 900, `${box.y + box.height}`);
    await page.screenshot({path: `${folder}/first.png`});
    await close(page, "first screen");
}

async function widths() {
    for (const width of [320, 400, 1300, 2500])
        for (const colorScheme of ["light", "dark"]) {
            const page = await open(pageFile, {viewport: {width, height: 1200}, colorScheme});
            await page.locator("#first .drawing svg").waitFor();
            const wide = await page.evaluate(() => document.documentElement.scrollWidth);
            check(`${width} pixels, ${colorScheme}: no wider than the window`, wide <= width, wide);
            const clipped = await page.evaluate(() => [...document.querySelectorAll("#first svg text")].filter(text => {
                const box = text.getBoundingClientRect(), own = text.ownerSVGElement.getBoundingClientRect();
                return box.width > 0 && (box.left < own.left - 2 || box.right > own.right + 2);
            }).length);
            check(`${width} pixels, ${colorScheme}: no text of a chart is cut`, clipped === 0, clipped);
            await page.screenshot({path: `${folder}/${colorScheme}-${width}.png`});
            await close(page, `${width} pixels, ${colorScheme}`);
        }
    check("dark differs from light", !readFileSync(`${folder}/light-1300.png`).equals(readFileSync(`${folder}/dark-1300.png`)));
}

const choose = (page, label, value) => page.getByLabel(label, {exact: true}).selectOption(value);

async function table() {
    const page = await open(pageFile);
    check("runs: all of them", /^777 of 777 runs$/.test(await count(page)), await count(page));
    check("runs: a page of 25", await rows(page).count() === 25);
    await page.getByRole("button", {name: "Next"}).click();
    check("runs: the next page", (await page.locator(".pager span").textContent()) === "page 2 of 32" &&
        page.url().includes("page=1"));
    await choose(page, "Task", "cifar10");
    await choose(page, "Feedback", "frsf");
    await choose(page, "Bits", "2");
    check("runs: frsf with 2 bits on CIFAR-10 has 22.69 %", await rows(page).count() === 1 &&
        (await rows(page).first().textContent()).includes("22.69"), await page.locator("#run-table tbody").textContent());
    check("runs: filters stand in the address", /#task=cifar10&feedback=frsf&bits=2$/.test(page.url()), page.url());
    await page.getByRole("button", {name: "Clear", exact: true}).click();
    check("runs: cleared", /^777 of/.test(await count(page)));
    await page.getByLabel("Search").fill("perceptron epiram");
    check("runs: searched by words", await rows(page).count() === 3);
    const errors = async () => (await page.locator("#run-table td:nth-child(6)").allTextContents()).map(Number);
    await page.getByLabel("Search").fill("voters");
    await page.getByRole("button", {name: "error %"}).click();
    const rising = await errors();
    check("runs: sorted", rising.length === 25 && rising.every((e, i) => i === 0 || e >= rising[i - 1]));
    check("runs: told which way", await page.locator("th[aria-sort=ascending]").count() === 1);
    check("runs: the head keeps the focus", await page.evaluate(() => document.activeElement.textContent.startsWith("error %")));
    await page.keyboard.press("Enter");
    const falling = await errors();
    check("runs: sorted the other way by a key", falling.every((e, i) => i === 0 || e <= falling[i - 1]));
    const csv = await download(page, () => page.locator(".filters").getByRole("button", {name: "CSV"}).click());
    check("runs: as CSV", csv.bytes.toString().split("\n").length === 34 &&
        csv.bytes.toString().includes(",crossbar_sim --task"));
    await page.reload();
    check("runs: a link keeps all of that", (await errors()).join() === falling.join() &&
        await page.getByLabel("Search").inputValue() === "voters");
    await close(page, "runs");
}

async function oneRun() {
    const page = await open(pageFile);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
    await page.getByLabel("Search").fill("frsf-p50 mnist");
    await rows(page).first().click();
    const dialog = page.getByRole("dialog");
    check("a run: opened by a click", await dialog.isVisible() && /run=[0-9a-f]{16}/.test(page.url()));
    await dialog.locator(".drawing svg").first().waitFor();
    const titles = (await dialog.locator("h3").allTextContents()).join("; ");
    for (const title of ["Command", "Learning curve", "Layers", "Angle to the true gradient", "Confusion", "First-layer filters"])
        check(`a run: ${title}`, titles.includes(title), titles);
    const command = await dialog.locator("code").textContent();
    const expected = "crossbar_sim --task mnist --data real --epochs 5 --rate-decay 0.4 --feedback frsf-p --concordance 0.5";
    check("a run: its command", command === expected, command);
    await dialog.getByRole("button", {name: "Copy"}).click();
    await dialog.getByRole("button", {name: "Copied"}).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText()).catch(() => command);
    check("a run: its command is copied", copied === command, copied);
    await page.screenshot({path: `${folder}/run-1300.png`});
    await dialog.getByRole("button", {name: "2", exact: true}).click();
    check("a run: another seed", (await dialog.locator("code").textContent()).endsWith("--seed 2"));
    const address = page.url();
    await page.keyboard.press("Escape");
    check("a run: closed by Escape", !await dialog.isVisible() && !page.url().includes("run="));
    await page.goto("about:blank");
    await page.goto(address);
    check("a run: a link opens it", (await page.getByRole("dialog").locator("code").textContent()).endsWith("--seed 2"));
    await page.keyboard.press("Escape");
    await page.locator("tr[data-group] a").first().click();
    check("a run: from a table of the first screen",
        (await page.getByRole("dialog").locator("h2").textContent()).startsWith("mnist, usf+bn+bm1, seed 1"));
    await page.goBack();
    check("a run: back leads out of it", !await page.getByRole("dialog").isVisible());
    await close(page, "a run");
}

async function overlay() {
    const page = await open(pageFile);
    await page.getByLabel("Search").fill("frsf-p50 mnist");
    for (const place of [0, 1, 2]) await rows(page).nth(place).getByRole("checkbox").check();
    await page.locator("#overlay .drawing svg").first().waitFor();
    const legend = await page.locator("#overlay .legend").first().locator("li").allTextContents();
    check("overlay: named by what differs", legend.join() === "seed 1,seed 2,seed 3", legend.join());
    check("overlay: in the address", /tick=[0-9a-f]{16}%2C[0-9a-f]{16}%2C[0-9a-f]{16}/.test(page.url()), page.url());
    await page.screenshot({path: `${folder}/overlay-1300.png`});
    await page.reload();
    check("overlay: a link keeps it", await page.locator("#overlay figure").first().locator(".lines path.line").count() === 3);
    await page.locator("#overlay").getByRole("button", {name: "Clear"}).click();
    check("overlay: cleared", await page.locator("#overlay svg").count() === 0 &&
        await page.locator("#run-table input:checked").count() === 0);
    await close(page, "overlay");
}

async function charts() {
    const page = await open(pageFile);
    const figure = page.locator("#first figure"), svg = figure.locator(".drawing svg");
    await svg.waitFor();
    check("chart: error bars", await svg.locator("path.bar").count() > 5);
    const marks = await svg.locator("path.mark").count();
    await svg.locator("path.mark").first().hover();
    const tip = figure.locator(".tip");
    check("chart: a tip", /pulses per synapse .*\ntest error % .* \(seeds: /.test(await tip.textContent()),
        await tip.textContent());
    await svg.focus();
    await page.keyboard.press("ArrowRight");
    check("chart: a tip by keys", await tip.isVisible() && (await tip.textContent()).includes("1 bit"));
    await figure.getByRole("button", {name: "8 bits"}).click();
    check("chart: the legend hides a line", await svg.locator("path.mark").count() < marks);
    await figure.getByRole("button", {name: "8 bits"}).click();
    const box = await svg.boundingBox();
    const ticks = () => svg.locator(".ticks").first().textContent();
    const before = await ticks();
    await page.mouse.move(box.x + 0.5 * box.width, box.y + 0.2 * box.height);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.9 * box.width, box.y + 0.7 * box.height, {steps: 4});
    await page.mouse.up();
    check("chart: zoomed by dragging", await ticks() !== before);
    await figure.getByRole("button", {name: "Whole chart"}).click();
    check("chart: and out again", await ticks() === before);
    const saved = kind => download(page, () => figure.getByRole("button", {name: kind}).click());
    const drawing = await saved("SVG");
    const parsed = await page.evaluate(text => {
        const made = new DOMParser().parseFromString(text, "image/svg+xml");
        return [made.documentElement.tagName, made.querySelectorAll("parsererror").length,
            made.querySelectorAll("path.mark").length];
    }, drawing.bytes.toString());
    check("chart: as SVG", drawing.name.endsWith(".svg") && parsed[0] === "svg" && parsed[1] === 0 && parsed[2] === marks,
        parsed.join());
    check("chart: with its own colours", /stroke="rgb\(0, 114, 178\)"/.test(drawing.bytes.toString()));
    const png = await saved("PNG");
    check("chart: as PNG", png.bytes.subarray(1, 4).toString() === "PNG" && png.bytes.length > 5000);
    const csv = (await saved("CSV")).bytes.toString().trim().split("\n");
    check("chart: as CSV", csv[0] === "line,pulses per synapse,test error %,deviation,seeds" && csv.length === marks + 1, csv[0]);
    const all = await page.locator("figure[data-chart]").count();
    for (const each of await page.locator("figure[data-chart]").all()) await each.scrollIntoViewIfNeeded();
    await page.waitForFunction(n => document.querySelectorAll("figure[data-chart] .drawing svg").length === n, all);
    const broken = await page.evaluate(() => [...document.querySelectorAll("figure path")]
        .filter(path => /NaN|undefined/.test(path.getAttribute("d"))).length);
    check(`chart: all ${all} are drawn, without a hole`, broken === 0, broken);
    await close(page, "chart");
}

async function readers() {
    const page = await open(pageFile);
    await page.keyboard.press("Tab");
    check("readers: the first stop skips to the results", await page.evaluate(() => document.activeElement.className) === "skip");
    const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, a")].filter(control =>
        !(control.textContent.trim() || control.getAttribute("aria-label") || (control.labels && control.labels.length))).length);
    check("readers: every control has a name", nameless === 0, nameless);
    const repeated = await page.evaluate(() => {
        const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
        return ids.filter((id, i) => ids.indexOf(id) !== i);
    });
    check("readers: ids once", repeated.length === 0, repeated.join());
    for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({colorScheme});
        const faint = await page.evaluate(leastContrast);
        check(`readers: contrast of text, ${colorScheme}`, faint.ratio >= 4.5, JSON.stringify(faint));
    }
    await close(page, "readers");
}

// The text with the least contrast to what is behind it (WCAG).
function leastContrast() {
    const numbers = colour => (colour.match(/[\d.]+/g) || []).map(Number);
    const light = colour => {
        const [r, g, b] = numbers(colour).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = node => {
        for (; node; node = node.parentElement) {
            const colour = getComputedStyle(node).backgroundColor, parts = numbers(colour);
            if (parts.length === 3 || parts[3] === 1) return colour;
        }
        return getComputedStyle(document.documentElement).backgroundColor;
    };
    let least = {ratio: 21};
    const kinds = "h1, h2, p, td, th, a, li, label, button:not(:disabled), select, figcaption, svg text";
    for (const node of document.querySelectorAll(kinds)) {
        if (!node.textContent.trim() || !node.getClientRects().length) continue;
        const style = getComputedStyle(node), ink = light(node.closest("svg") ? style.fill : style.color),
            ground = light(behind(node));
        const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        if (ratio < least.ratio) least = {ratio, text: node.textContent.slice(0, 40), tag: node.tagName};
    }
    return least;
}

async function printed() {
    const page = await open(pageFile);
    const pdf = await page.pdf({path: `${folder}/page.pdf`, preferCSSPageSize: true});
    check("print: a PDF", pdf.subarray(0, 4).toString() === "%PDF" && pdf.length > 100000, pdf.length);
    await page.emulateMedia({media: "print"});
    check("print: no controls", !await page.locator(".filters").isVisible() && !await page.locator("nav").first().isVisible());
    check("print: every chart", await page.evaluate(() => document.querySelectorAll("figure[data-chart]").length ===
        document.querySelectorAll("figure[data-chart] .drawing svg").length));
    await close(page, "print");
}

async function withoutScripts() {
    const page = await open(pageFile, {javaScriptEnabled: false});
    check("without scripts: the first table", await page.locator("#first tbody tr").count() === 10);
    check("without scripts: the first chart", await page.locator("#first .plot svg").first().isVisible());
    check("without scripts: charts of studies", await page.locator("figure[data-chart] .plot > svg").count() > 20);
    check("without scripts: told what needs them", await page.locator("noscript p").isVisible());
    await page.screenshot({path: `${folder}/no-script-1300.png`});
    await close(page, "without scripts");
    for (const [width, colorScheme] of [[400, "light"], [400, "dark"], [1300, "dark"]]) await staticCharts(width, colorScheme);
}

async function staticCharts(width, colorScheme) {
    const name = `without scripts: ${width} px, ${colorScheme}`;
    const page = await open(pageFile, {javaScriptEnabled: false, colorScheme, viewport: {width, height: 900}});
    const bad = await page.evaluate(dark => {
        const bad = [], shown = [...document.querySelectorAll(".plot > svg")].filter(svg => svg.getClientRects().length);
        for (const svg of shown) {
            const own = svg.getBoundingClientRect(), boxes = [];
            for (const text of svg.querySelectorAll("text")) {
                const box = text.getBoundingClientRect();
                if (box.left < own.left - 1 || box.right > own.right + 1 || box.top < own.top - 1 || box.bottom > own.bottom + 1)
                    bad.push("outside: " + text.textContent);
                // Boxes are higher than letters.
                if (boxes.some(b => b.left < box.right && box.left < b.right && b.top + 5 < box.bottom && box.top + 5 < b.bottom))
                    bad.push("over another: " + text.textContent);
                boxes.push(box);
            }
            for (const mark of svg.querySelectorAll("[color]")) {
                const style = getComputedStyle(mark), ink = mark.getAttribute("fill") === "currentColor" ? style.fill : style.stroke;
                const mixed = /^oklab\(([\d.]+)/.exec(ink);
                if (dark ? !mixed || Number(mixed[1]) < 0.6 : ink !== style.color) bad.push("ink: " + ink);
            }
        }
        return shown.length > 20 ? bad : ["few charts: " + shown.length];
    }, colorScheme === "dark");
    check(`${name}: letters stand free, inks go by the ground`, bad.length === 0, bad.slice(0, 5).join("; "));
    await page.locator("figure:has(.plot > svg)").first().screenshot({path: `${folder}/no-script-chart-${width}-${colorScheme}.png`});
    const least = await page.evaluate(leastContrast);
    check(`${name}: contrast`, least.ratio >= 4.5, JSON.stringify(least));
    await close(page, name);
}

async function hostile() {
    const page = await open(hostileFile);
    check("hostile names: shown as they are", (await rows(page).first().textContent()).includes("<script>alert(1)</script>"));
    for (const row of (await rows(page).all()).slice(0, 5)) {
        await row.click();
        await page.keyboard.press("Escape");
    }
    for (const box of await page.locator("#run-table input").all()) await box.check();
    check("hostile names: no markup of theirs", await page.locator("img, iframe").count() === 0);
    await close(page, "hostile names");
}

// Times are told, not checked: they are those of the machine.
async function large() {
    const page = await open(largeFile);
    await page.locator("#first .drawing svg").waitFor();
    const drawn = await page.evaluate(() => performance.now());
    const ready = await page.evaluate(() => performance.getEntriesByName("explorer-ready")[0].startTime);
    check("10,000 runs: all of them", /^10000 of 10000 runs$/.test(await count(page)), await count(page));
    const filter = await page.evaluate(() => {
        const times = [];
        for (const q of ["bm3", "bm3 usf", "weight-bits 4", ""]) {
            const from = performance.now();
            change({q, page: 0, sort: "error"});
            document.body.offsetHeight;
            times.push(performance.now() - from);
        }
        return Math.max(...times);
    });
    console.log(`10,000 runs: explorer after ${ready.toFixed(0)} ms, first chart seen after ${drawn.toFixed(0)} ms, ` +
        `a filter takes ${filter.toFixed(0)} ms at most`);
    await page.screenshot({path: `${folder}/large-1300.png`});
    await close(page, "10,000 runs");
}

for (const part of [firstScreen, widths, table, oneRun, overlay, charts, readers, printed, withoutScripts, hostile, large])
    await part().catch(error => check(part.name, false, error.message.split("\n").slice(0, 3).join(" ")));
await browser.close();
