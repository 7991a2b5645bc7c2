// The page's data: groups of runs, runs as rows, and what their texts are.

const page = JSON.parse(document.getElementById("data").textContent);
const columns = page.runs;
const texts = columns.texts;

// One row a run; its group has what all seeds share.
const runs = columns.group.map((group, index) => ({
    index,
    group: page.groups[group],
    groupIndex: group,
    seed: columns.seed[index],
    error: columns.error[index],
    train: columns.train[index],
    pulses: columns.pulses[index],
    seconds: columns.seconds[index],
    link: columns.link[index],
}));
const runOfLink = new Map(runs.map(run => [run.link, run]));

// Networks are long; the view of a run has them whole.
const brief = value => value.length > 32 ? value.slice(0, 30) + "…" : value;

page.groups.forEach((group, index) => {
    for (const key of ["c", "t", "a", "d", "f", "r", "g"]) group[key] = texts[group[key]];
    group.l = (group.l || []).map(place => texts[place]);
    const pairs = group.x || [];
    group.x = pairs.filter((_, i) => i % 2 === 0).map((place, i) => [texts[place], texts[pairs[2 * i + 1]]]);
    group.runs = [];
    group.index = index;
    group.settings = group.x.filter(([name]) => name !== "target")
        .map(([name, value]) => `${name} ${brief(value)}`).join(", ");
    group.kind = group.h ? `${group.d}, held out` : group.d;
    group.study = page.studies[group.s][1];
    group.search = [group.c, group.t, group.a, group.kind, group.f, group.r, `${group.b} bits`, group.g, group.study,
        ...group.x.map(([name, value]) => `${name} ${value}`)].join(" ").toLowerCase();
});
runs.forEach(run => run.group.runs.push(run));

const text = place => texts[place] || "";
const numberText = (value, digits = 2) => value === null || value === undefined ? "-" : value.toFixed(digits);
const shortNumber = value => value === null || value === undefined ? "-" :
    Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));

// The command that makes the run again, for a shell.
function commandOf(run) {
    const command = text(columns.command[run.index]);
    return columns.seeded[run.index] ? `${command} --seed ${run.seed}` : command;
}

// Test and training error after each epoch: [{x, y}].
function curveOf(run, which = 0) {
    const curve = columns.curve[run.index];
    if (!curve) return [];
    return curve[which].map((y, i) => ({x: curve[2] ? curve[2][i] : i + 1, y})).filter(point => point.y !== null);
}

// What of a run's settings others may have otherwise.
function settingsOf(run) {
    const group = run.group;
    const settings = new Map([["task", group.t], ["images", group.kind], ["arithmetic", group.a], ["column", group.c],
        ["weight-bits", String(group.b)], ["target", group.g]]);
    for (const [name, value] of group.x) settings.set(name, value);
    settings.set("seed", String(run.seed));
    return settings;
}

// Names of runs by what differs between them alone.
function namesOf(some) {
    const all = some.map(settingsOf);
    const names = [...new Set(all.flatMap(settings => [...settings.keys()]))]
        .filter(name => new Set(all.map(settings => settings.get(name))).size > 1);
    const own = name => name === "column" || name === "task" || name === "target" || name === "images" || name === "arithmetic";
    return all.map(settings => names.filter(name => settings.has(name))
        .map(name => own(name) ? settings.get(name) : `${name} ${brief(settings.get(name))}`).join(", ") || settings.get("column"));
}

// An element with attributes and children; texts are never read as HTML.
function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
        else if (value === true) made.setAttribute(key, "");
        else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...children.filter(child => child !== null && child !== undefined));
    return made;
}

function download(name, type, content) {
    const link = element("a", {href: URL.createObjectURL(content instanceof Blob ? content : new Blob([content], {type})),
        download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A field of CSV; what a spreadsheet would take for a formula gets a ' before it.
function csvField(value) {
    let field = value === null || value === undefined ? "" : String(value);
    if (/^[=+@\t\r]/.test(field) || (/^-/.test(field) && isNaN(Number(field)))) field = "'" + field;
    return /[",\n\r]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field;
}
const csvText = rows => rows.map(row => row.map(csvField).join(",")).join("\n") + "\n";
