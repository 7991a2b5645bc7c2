// One run: what it is, its command, curves, angles, pulses per layer, filters, confusions and cost.

const large = (name, run) => (columns[name] || {})[run.index];

function section(title, ...content) {
    return element("section", {}, element("h3", {}, title), ...content);
}

function chartBox(chart) {
    const box = element("div", {class: "plot"});
    requestAnimationFrame(() => drawChart(box, chart));
    return element("figure", {}, box);
}

// The first cell of a row is its head.
function tableOf(head, rows) {
    const heads = head.map((name, i) => element("th", {scope: "col", class: i ? null : "t"}, name));
    const cellOf = (cell, i) => i ? element("td", {}, cell) : element("th", {scope: "row"}, cell);
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)),
        element("tbody", {}, ...rows.map(row => element("tr", {}, ...row.map(cellOf)))));
    return element("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": head.join(", ")}, table);
}

function factsOf(run) {
    const {group, index} = run;
    const images = group.h ? "held-out training" : "test";
    const settings = group.x.map(([name, value]) => `${name} ${value}`).join(", ");
    const made = [columns.date[index], text(columns.version[index]), text(columns.machine[index])];
    const facts = [
        ["error", `${numberText(run.error)} % on ${images} images, ${numberText(run.train)} % on training images`],
        ["group", group.runs.length > 1 ?
            `${numberText(group.m)} ± ${numberText(group.e)} % over ${group.runs.length} seeds` : "one seed"],
        ["paper", group.p ? `${group.p} %` : "no value that compares"],
        ["images", group.d === "real" ? "real" : "SYNTHETIC stand-in, which says nothing about the real task"],
        ["network", text(group.n)],
        ["synapses", `${group.b} bits, target ${group.g}, ${group.a}`],
        ["settings", settings || "the task's own"],
        ["pulses per synapse", shortNumber(run.pulses)],
        ["seconds", shortNumber(run.seconds)],
        ["study", group.study],
        ["record", `${text(columns.store[index])}, line ${columns.line[index]}`],
        ["signature", columns.signature[index] || "-"],
        ["made", made.filter(Boolean).join("; ")],
    ];
    const lines = facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
    return element("dl", {class: "facts"}, ...lines);
}

function copyText(content, button) {
    const done = () => { button.textContent = "Copied"; setTimeout(() => { button.textContent = "Copy"; }, 2000); };
    const fallback = () => {
        const area = element("textarea", {class: "hidden"});
        area.value = content;
        button.after(area);
        area.select();
        if (document.execCommand("copy")) done();
        area.remove();
        button.focus();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(content).then(done, fallback);
    else fallback();
}

function commandView(run) {
    const command = commandOf(run);
    // Lines break between options, not within their dashes; what is long by itself may break.
    const words = command.split(/ (?=--)/).flatMap((word, i) => [i ? " " : "",
        word.length < 30 ? element("span", {}, word) : word]);
    return section("Command", element("div", {class: "command"}, element("code", {}, ...words),
        element("button", {type: "button", onclick: event => copyText(command, event.currentTarget)}, "Copy")));
}

function curveView(run) {
    const lines = [{name: "test", points: curveOf(run)}, {name: "training", points: curveOf(run, 1)}];
    if (!lines[0].points.length) return null;
    return section("Learning curve", chartBox({title: "Learning curve", x: "epoch", y: "error %", scale: "linear", joined: true,
        lines: lines.filter(line => line.points.length)}));
}

// A layer's name and its number, since names repeat.
const layerName = (run, i) => `${i + 1}: ${run.group.l[i] || "layer"}`;

function angleView(run) {
    const angles = large("angles", run);
    if (!angles) return null;
    const pointsOf = layer => angles.map(row => ({x: row[0], y: row[layer + 1]})).filter(point => point.y !== null);
    const lines = angles[0].slice(1).map((_, i) => ({name: layerName(run, i), points: pointsOf(i)}));
    return section("Angle to the true gradient, by layer", chartBox({title: "Angle to the true gradient", x: "epoch",
        y: "degrees", scale: "linear", joined: true, logarithmic: false, lines: lines.filter(line => line.points.length)}));
}

function layerView(run) {
    const layers = columns.layers[run.index];
    if (!layers || !layers.length) return null;
    const rows = layers.map((numbers, i) => [layerName(run, i), ...numbers.map(shortNumber)]);
    const points = layers.map(([pulses], i) => ({x: i, y: pulses})).filter(point => point.y > 0);
    const chart = points.length < 2 ? null : chartBox({title: "Pulses per synapse", x: "layer", y: "pulses per synapse",
        scale: "words", joined: false, words: layers.map((_, i) => layerName(run, i)), lines: [{name: "", points}]});
    return section("Layers", chart,
        tableOf(["layer", "pulses per synapse", "at a bound %", "agreeing feedback signs %"], rows));
}

// Degrees against the number of the layer.
function lastAngles(run) {
    const angles = large("angles", run);
    return angles ? angles[angles.length - 1].slice(1).map((y, i) => ({x: i + 1, y})).filter(p => p.y !== null) : [];
}

// Mid-grey is level 0, white the largest, black its negative; three channels are red, green and blue.
function filterView(run) {
    const filters = large("filters", run);
    if (!filters) return null;
    const [height, width, channels, coded] = filters;
    const bytes = Int8Array.from(atob(coded), c => c.charCodeAt(0));
    const size = height * width * channels, count = bytes.length / size, across = Math.min(count, 10);
    const canvas = element("canvas", {class: "pixels", width: across * (width + 1) + 1,
        height: Math.ceil(count / across) * (height + 1) + 1, role: "img",
        "aria-label": `${count} filters of the first layer, ${height} by ${width}`});
    const context = canvas.getContext("2d");
    context.fillStyle = "#888";
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (let f = 0; f < count; ++f)
        for (let p = 0; p < height * width; ++p) {
            const at = f * size + p * channels;
            const level = c => {
                if (channels === 3) return bytes[at + c];
                let sum = 0;
                for (let k = 0; k < channels; ++k) sum += bytes[at + k];
                return sum / channels;
            };
            context.fillStyle = `rgb(${[0, 1, 2].map(c => Math.round(128 + level(c))).join(",")})`;
            context.fillRect(f % across * (width + 1) + 1 + p % width,
                Math.floor(f / across) * (height + 1) + 1 + Math.floor(p / width), 1, 1);
        }
    canvas.style.width = `${Math.min(canvas.width * 8, 640)}px`;
    return section("First-layer filters", element("p", {class: "note"},
        "Grey is level 0, white the largest level, black its negative."), canvas);
}

function confusionView(run) {
    const counts = large("confusion", run);
    if (!counts) return null;
    const name = i => (run.group.k || [])[i] ? `${i} ${run.group.k[i]}` : String(i);
    if (counts.length > 25) {
        const pairs = counts.flatMap((row, i) => row.map((n, k) => [n, i, k])).filter(([n, i, k]) => i !== k && n > 0);
        const worst = pairs.sort((a, b) => b[0] - a[0]).slice(0, 20);
        return section("Most frequent confusions", tableOf(["label", "taken for", "images"],
            worst.map(([n, i, k]) => [name(i), name(k), String(n)])));
    }
    const shade = (n, all) => [0, 0.005, 0.02, 0.1, 0.5].filter(step => n / all > step).length;
    const rows = counts.map((row, i) => {
        const all = row.reduce((a, b) => a + b, 0) || 1;
        return element("tr", {}, element("th", {scope: "row"}, name(i)),
            ...row.map((n, k) => element("td", {class: `${i === k ? "right" : "wrong"} h${shade(n, all)}`}, n ? String(n) : "·")));
    });
    const heads = ["label", ...counts.keys()].map(label => element("th", {scope: "col"}, String(label)));
    const table = element("table", {class: "matrix"}, element("thead", {}, element("tr", {}, ...heads)),
        element("tbody", {}, ...rows));
    return section("Confusion: rows are labels, columns predictions",
        element("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Confusion"}, table));
}

function costView(run) {
    const cost = large("cost", run);
    if (!cost) return null;
    const unit = value => value === null ? "-" : value.toExponential(2);
    return section("Cost of one image; of writing the network once", tableOf(["part", "for", "joules", "seconds"],
        cost.map(([phase, part, joules, seconds]) => [part, phase, unit(joules), unit(seconds)])));
}

function showRun(run) {
    const dialog = document.getElementById("run");
    const {group} = run;
    const title = `${group.t}, ${group.c}, seed ${run.seed}: ${numberText(run.error)} %`;
    const ticked = state.tick.includes(run.link);
    const button = (label, onclick, attributes = {}) => element("button", {type: "button", onclick, ...attributes}, label);
    const head = element("header", {}, element("h2", {id: "run-title", tabindex: "-1"}, title),
        button(ticked ? "Do not compare" : "Compare", () => { tickRun(run, !ticked); showRun(run); }),
        button("Close", () => dialog.close()));
    const seeds = group.runs.map(other =>
        button(String(other.seed), () => openRun(other), {"aria-current": other === run ? "true" : null}));
    const choice = seeds.length > 1 ? element("nav", {"aria-label": "Seeds", class: "seeds"}, "Seeds: ", ...seeds) : null;
    const parts = [factsOf, commandView, curveView, layerView, angleView, confusionView, filterView, costView];
    dialog.replaceChildren(...[head, choice, ...parts.map(part => part(run))].filter(Boolean));
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
}
