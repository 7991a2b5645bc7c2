// Puts the explorer together: the state of the table in the address of the page, ticked runs, the dialog of a run, and
// links from the static tables to their runs.

// Whole words in the address; a fragment without '=' is a place on the page.
function stateText() {
    const words = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) {
        const plain = Array.isArray(value) ? value.join(",") : String(value);
        if (plain && !(key === "page" && value === 0)) words.set(key, plain);
    }
    return words.toString();
}

function readState() {
    const fragment = location.hash.slice(1);
    if (fragment && !fragment.includes("=")) return false;
    const words = new URLSearchParams(fragment);
    for (const key of Object.keys(state)) state[key] = words.get(key) || "";
    state.page = Math.max(0, Math.floor(Number(state.page)) || 0);
    state.tick = state.tick.split(",").filter(link => runOfLink.has(link));
    return true;
}

// A run that is opened is a step back to the reader; a filter is not.
function keepState(step) {
    const words = stateText();
    const address = words ? "#" + words : location.pathname + location.search;
    if (step) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
}

function change(changes) {
    Object.assign(state, changes);
    keepState(false);
    showControls();
    showTable();
}

function showControls() {
    const search = document.getElementById("search");
    if (search.value !== state.q) search.value = state.q;
    filters.forEach(filter => { filter.select.value = state[filter.key]; });
}

function openRun(run) {
    const fresh = state.run !== run.link;
    state.run = run.link;
    if (fresh) keepState(true);
    showRun(run);
}

function tickRun(run, on) {
    state.tick = state.tick.filter(link => link !== run.link);
    if (on) state.tick.push(run.link);
    keepState(false);
    document.querySelectorAll("#run-table tbody tr").forEach((row, i) => {
        const shown = found[state.page * rowsPerPage + i];
        if (shown === run) row.querySelector("input").checked = on;
    });
    showOverlay();
}

// Curves of ticked runs, and where they have them their angles over the depth, named by what differs between them.
function showOverlay() {
    const box = document.getElementById("overlay");
    const ticked = state.tick.map(link => runOfLink.get(link)).filter(run => run && curveOf(run).length);
    if (!ticked.length) { box.replaceChildren(); return; }
    const names = ticked.length > 1 ? namesOf(ticked) : [`${ticked[0].group.t}, ${ticked[0].group.c}, seed ${ticked[0].seed}`];
    const lines = pointsOf => ticked.map((run, i) => ({name: names[i], points: pointsOf(run).map(p => ({...p, open: run}))}));
    const charts = [{title: "Learning curves", x: "epoch", y: "test error %", scale: "linear", joined: true,
        lines: lines(run => curveOf(run))},
        {title: "Angle to the true gradient after the last epoch", x: "layer", y: "degrees", scale: "linear", joined: true,
            logarithmic: false,
            lines: lines(lastAngles).filter(line => line.points.length)}].filter(chart => chart.lines.length);
    box.replaceChildren(element("h3", {}, `Compared: ${ticked.length} run${ticked.length > 1 ? "s" : ""} `,
        element("button", {type: "button", onclick: () => { state.tick = []; change({}); showOverlay(); }}, "Clear")));
    for (const chart of charts) {
        const plot = element("div", {class: "plot"});
        box.append(element("figure", {}, element("figcaption", {}, chart.title), plot));
        drawChart(plot, chart);
    }
}

function show() {
    showControls();
    showTable();
    showOverlay();
    const run = runOfLink.get(state.run), dialog = document.getElementById("run");
    if (run) showRun(run);
    else if (dialog.open) dialog.close();
}

// Rows of static tables that are of one group open its first run.
function linkTables() {
    document.querySelectorAll("tr[data-group]").forEach(row => {
        const group = page.groups[Number(row.dataset.group)], cell = row.querySelector("th");
        if (!group.runs.length || !cell) return;
        const link = element("a", {href: `#run=${encodeURIComponent(group.runs[0].link)}`,
            onclick: event => { event.preventDefault(); openRun(group.runs[0]); }}, ...cell.childNodes);
        cell.replaceChildren(link);
    });
}

makeTable(document.getElementById("explorer"));
const dialog = element("dialog", {id: "run", "aria-labelledby": "run-title", onclose: () => {
    if (!state.run) return;
    state.run = "";
    keepState(false);
}});
document.body.append(dialog);
dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
readState();
show();
linkTables();
drawPageCharts();
addEventListener("hashchange", () => { if (readState()) show(); });
addEventListener("popstate", () => { if (readState()) show(); });
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(part => { part.open = true; }));
document.documentElement.classList.add("ready");
performance.mark("explorer-ready");
