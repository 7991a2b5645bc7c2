// The table of all runs: searched, filtered, sorted and shown in pages. What is asked of it is `state`, which stands in
// the address of the page (explorer.js).

const state = {q: "", task: "", images: "", feedback: "", rule: "", bits: "", target: "", study: "", sort: "", page: 0,
    tick: [], run: ""};
const rowsPerPage = 25;

const filters = [
    {key: "task", label: "Task", of: group => group.t},
    {key: "images", label: "Data", of: group => group.kind},
    {key: "feedback", label: "Feedback", of: group => group.f},
    {key: "rule", label: "Rule", of: group => group.r},
    {key: "bits", label: "Bits", of: group => String(group.b)},
    {key: "target", label: "Target", of: group => group.g},
    {key: "study", label: "Study", of: group => group.study},
];

// Columns of the table; `number` ones are sorted by size and stand to the right.
const runColumns = [
    {key: "task", label: "task", of: run => run.group.t, text: run => run.group.t + (run.group.d === "real" ? "" : " (synthetic)")},
    {key: "column", label: "column", of: run => run.group.c},
    {key: "bits", label: "bits", number: true, of: run => run.group.b, text: run => String(run.group.b)},
    {key: "target", label: "target", of: run => run.group.g},
    {key: "error", label: "error %", number: true, of: run => run.error, text: run => numberText(run.error)},
    {key: "seed", label: "seed", number: true, of: run => run.seed, text: run => String(run.seed)},
    {key: "settings", label: "other settings", of: run => (run.group.a === "float32" ? "float32 " : "") + run.group.settings},
    {key: "images", label: "data", of: run => run.group.kind},
    {key: "train", label: "training %", number: true, of: run => run.train, text: run => numberText(run.train)},
    {key: "pulses", label: "pulses", number: true, of: run => run.pulses, text: run => shortNumber(run.pulses)},
    {key: "seconds", label: "seconds", number: true, of: run => run.seconds, text: run => shortNumber(run.seconds)},
    {key: "study", label: "study", of: run => run.group.study},
];

// Groups are matched once, not each of their runs.
function matchingRuns() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = filters.filter(filter => state[filter.key]);
    const matches = page.groups.map(group => wanted.every(filter => filter.of(group) === state[filter.key]));
    return runs.filter(run => matches[run.groupIndex] && words.every(word => run.group.search.includes(word) ||
        `seed ${run.seed}`.endsWith(word) || run.link.includes(word)));
}

// Without a wish as they are stored, study by study.
function sortRuns(found) {
    if (!state.sort) return found;
    const descending = state.sort.startsWith("-");
    const column = runColumns.find(c => c.key === state.sort.replace("-", "")) || runColumns[0];
    const sign = descending ? -1 : 1;
    const keys = found.map(run => [column.of(run), run]);
    keys.sort(([a, x], [b, y]) => {
        const empty = (a === null || a === undefined) - (b === null || b === undefined);
        if (empty) return empty;
        if (a === b || (a === null && b === null)) return x.index - y.index;
        return sign * (column.number ? a - b : a < b ? -1 : 1);
    });
    return keys.map(([, run]) => run);
}

function rowOf(run) {
    const tick = element("input", {type: "checkbox", "aria-label": `Compare ${run.group.t} ${run.group.c} seed ${run.seed}`,
        onchange: event => tickRun(run, event.target.checked)});
    tick.checked = state.tick.includes(run.link);
    const cells = runColumns.map((column, i) => {
        const content = column.text ? column.text(run) : column.of(run);
        if (i === 0)
            return element("th", {scope: "row"}, element("a", {href: `#run=${encodeURIComponent(run.link)}`,
                onclick: event => { event.preventDefault(); openRun(run); }}, content));
        return element("td", {class: column.number ? null : column.key === "settings" ? "t w" : "t"}, content);
    });
    return element("tr", {onclick: event => { if (!event.target.closest("input, a, label")) openRun(run); }},
        element("td", {}, tick), ...cells);
}

function headOf(column) {
    const now = state.sort.replace("-", "") === column.key;
    const descending = state.sort.startsWith("-");
    const way = descending ? "descending" : "ascending";
    return element("th", {scope: "col", class: column.number ? null : "t", "aria-sort": now ? way : null},
        element("button", {type: "button", onclick: () => {
            change({sort: now && !descending ? "-" + column.key : column.key, page: 0});
            document.querySelector(`#run-table th:nth-child(${runColumns.indexOf(column) + 2}) button`).focus();
        }}, column.label, element("span", {"aria-hidden": "true"}, now ? (descending ? " ▼" : " ▲") : "")));
}

// Where the last page is not full the table ends there.
function pagerOf(count) {
    const last = Math.max(0, Math.ceil(count / rowsPerPage) - 1);
    const go = (label, to, off) => element("button", {type: "button", disabled: off, onclick: () => change({page: to})}, label);
    return element("div", {class: "pager"}, go("First", 0, state.page === 0), go("Previous", state.page - 1, state.page === 0),
        element("span", {}, `page ${state.page + 1} of ${last + 1}`),
        go("Next", state.page + 1, state.page >= last), go("Last", last, state.page >= last));
}

let found = [];
function showTable() {
    found = sortRuns(matchingRuns());
    state.page = Math.max(0, Math.min(state.page, Math.ceil(found.length / rowsPerPage) - 1));
    const shown = found.slice(state.page * rowsPerPage, (state.page + 1) * rowsPerPage);
    const table = element("table", {id: "run-table", "aria-rowcount": found.length + 1},
        element("caption", {class: "hidden"}, "Single runs; a row opens its run"),
        element("thead", {}, element("tr", {}, element("th", {scope: "col"}, element("span", {class: "hidden"}, "compare")),
            ...runColumns.map(headOf))),
        element("tbody", {}, ...shown.map(rowOf)));
    document.getElementById("run-rows").replaceChildren(
        element("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "All runs"}, table), pagerOf(found.length));
    document.getElementById("run-count").textContent = `${found.length} of ${runs.length} runs`;
}

function selectOf(filter) {
    const values = [...new Set(page.groups.map(filter.of))];
    values.sort((a, b) => filter.key === "bits" ? a - b : a < b ? -1 : 1);
    const id = `filter-${filter.key}`;
    const select = element("select", {id, onchange: event => change({[filter.key]: event.target.value, page: 0})},
        element("option", {value: ""}, "all"), ...values.map(value => element("option", {value}, value)));
    filter.select = select;
    return element("div", {}, element("label", {for: id}, filter.label), select);
}

function makeTable(box) {
    const search = element("input", {type: "search", id: "search", placeholder: "words, such as frsf endurance",
        autocomplete: "off",
        oninput: event => change({q: event.target.value, page: 0})});
    box.append(
        element("form", {class: "filters", role: "search", onsubmit: event => event.preventDefault()},
            element("div", {class: "search"}, element("label", {for: "search"}, "Search"), search), ...filters.map(selectOf),
            element("button", {type: "button", onclick: () => change({q: "", task: "", images: "", feedback: "", rule: "", bits: "",
                target: "", study: "", page: 0})}, "Clear"),
            element("button", {type: "button", title: "The runs found, one a line", onclick: saveRuns}, "CSV")),
        element("p", {class: "note"}, element("span", {id: "run-count", role: "status"}),
            ". Tick runs to lay their curves over one another."),
        element("div", {id: "overlay"}), element("div", {id: "run-rows"}));
}

function saveRuns() {
    download("runs.csv", "text/csv", csvText([[...runColumns.map(c => c.label), "link", "signature", "command"],
        ...found.map(run => [...runColumns.map(c => c.of(run)), run.link, columns.signature[run.index], commandOf(run)])]));
}
