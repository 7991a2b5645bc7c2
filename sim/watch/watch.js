// Asks for status.json every few seconds and shows it. What stores say becomes text nodes alone, never
// markup.
"use strict";
const pause = 2000;

function make(name, text, kind) {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
}

function drawn(name, attributes, text) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
}

function duration(seconds) {
    const s = Math.round(seconds), two = (n) => String(n).padStart(2, "0");
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

const percent = (value) => value === null ? "-" : `${value.toFixed(2)} %`;

// Errors after each epoch: test as a line, training as dashes.
function curve(run) {
    const width = 300, height = 110, left = 34, bottom = 92, right = 294, top = 8;
    const values = run.curve.flatMap((p) => [p[1], p[2]]).filter((v) => v !== null);
    const high = Math.max(...values), low = Math.min(0, ...values);
    const epochs = Math.max(run.epochs, ...run.curve.map((p) => p[0]), 2);
    const x = (epoch) => left + (right - left) * (epoch - 1) / (epochs - 1);
    const y = (value) => bottom - (bottom - top) * (value - low) / (high - low || 1);
    const last = run.curve[run.curve.length - 1];
    const svg = drawn("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label":
        `Errors after each epoch; after epoch ${last[0]}: test ${percent(last[2])}, training ${percent(last[1])}`});
    svg.append(drawn("path", {class: "axis", d: `M${left} ${top}V${bottom}H${right}`}));
    svg.append(drawn("text", {x: left - 4, y: top + 6, "text-anchor": "end"}, high.toPrecision(3)));
    svg.append(drawn("text", {x: left - 4, y: bottom, "text-anchor": "end"}, String(low)));
    svg.append(drawn("text", {x: left, y: height - 4}, "epoch 1"));
    svg.append(drawn("text", {x: right, y: height - 4, "text-anchor": "end"}, String(epochs)));
    for (const [index, kind] of [[1, "train"], [2, "test"]]) {
        const points = run.curve.filter((p) => p[index] !== null);
        if (points.length > 1)
            svg.append(drawn("path", {class: kind, d: "M" + points.map((p) => `${x(p[0]).toFixed(1)} ${y(p[index]).toFixed(1)}`).join("L")}));
        if (index === 2)
            for (const p of points.length < 30 ? points : points.slice(-1))
                svg.append(drawn("circle", {class: "dot", cx: x(p[0]).toFixed(1), cy: y(p[index]).toFixed(1), r: 2.2}));
    }
    return svg;
}

const words = {running: "running", ended: "ended", left: "not heard of: its process is gone", failed: "failed"};

function card(job) {
    const run = job.run, box = make("article", undefined, "job");
    // What sets it apart is what its command says behind task and data.
    const apart = run.command.replace(/^crossbar_sim( --(task|data) \S+)*/, "").trim();
    const name = [run.task, apart, /--seed /.test(apart) || run.seed === null ? "" : `seed ${run.seed}`]
        .filter((text) => text).join(", ");
    box.append(make("h3", name || job.file));
    if (run.data === "synthetic") box.append(make("p", "SYNTHETIC images", "soft"));
    box.append(make("p", words[job.state] + (job.who ? `, ${job.who}` : ""), job.state === "failed" || job.state === "left" ? "bad" : "soft"));
    if (job.why) box.append(make("p", job.why, "bad"));
    if (run.epochs > 0) {
        const bar = make("progress");
        bar.max = 1;
        bar.value = run.share;
        bar.setAttribute("aria-label", "share of the training that is done");
        box.append(bar);
        const parts = [`epoch ${run.epoch} of ${run.epochs}`, `${Math.floor(100 * run.share)} %`];
        if (job.state === "running" && run.seconds_left !== null) parts.push(`${duration(run.seconds_left)} left`);
        if (job.state === "running" && run.images_per_second !== null) parts.push(`${Math.round(run.images_per_second)} images/s`);
        box.append(make("p", parts.join(", ")));
    }
    if (run.curve.length > 0) {
        const last = run.curve[run.curve.length - 1];
        box.append(make("p", `${run.tested_on || "test"} error ${percent(last[2])} (line), training ${percent(last[1])} (dashes)`));
        box.append(curve(run));
    }
    if (run.command) box.append(make("p", run.command, "command"));
    return box;
}

function cards(jobs) {
    const grid = make("div", undefined, "jobs");
    grid.append(...jobs.map(card));
    return grid;
}

function lastRuns(runs) {
    const table = make("table"), head = make("tr");
    for (const [text, kind] of [["run", ""], ["seed", "number"], ["error", "number"], ["took", "number"]]) {
        const cell = make("th", text, kind);
        cell.scope = "col";
        head.append(cell);
    }
    table.append(head);
    for (const run of runs) {
        const row = make("tr");
        row.append(make("td", run.name.replace(/ error %$/, "")), make("td", run.seed === null ? "-" : String(run.seed), "number"),
            make("td", percent(run.error_percent), "number"),
            make("td", run.seconds === null ? "-" : duration(run.seconds), "number"));
        table.append(row);
    }
    return table;
}

const opened = new Set();  // stores whose last runs are unfolded

function section(store) {
    const part = make("section");
    part.append(make("h2", store.name));
    const running = store.jobs.filter((job) => job.state === "running").length;
    part.append(make("p", `${store.runs} runs on record, ${running} under way`
        + (store.other_lines > 0 ? `, ${store.other_lines} lines that are no records` : ""), "soft"));
    for (const study of store.studies) {
        const told = [`study ${study.experiment}: ${study.made + study.failed} of ${study.runs} runs made`, `${study.running} under way`];
        if (study.failed > 0) told.push(`${study.failed} failed`);
        if (study.seconds_left !== null) told.push(`${duration(study.seconds_left)} left`);
        part.append(make("p", `${told.join(", ")} (${study.who})`));
        const bar = make("progress");
        bar.max = Math.max(study.runs, 1);
        bar.value = study.made + study.failed;
        bar.setAttribute("aria-label", "runs of the study that are made");
        part.append(bar);
    }
    if (store.problem) part.append(make("p", store.problem, store.jobs.length > 0 ? "soft" : "bad"));
    if (store.jobs.length > 0) part.append(cards(store.jobs));
    if (store.last.length > 0) {
        const folded = make("details");
        folded.open = opened.has(store.name);
        folded.addEventListener("toggle", () => folded.open ? opened.add(store.name) : opened.delete(store.name));
        folded.append(make("summary", "Last on record"), lastRuns(store.last));
        part.append(folded);
    }
    return part;
}

function show(status) {
    document.getElementById("path").textContent = status.path;
    const busy = (store) => store.jobs.some((job) => job.state === "running") ? 0 : store.jobs.length > 0 ? 1 : 2;
    const parts = [...status.stores].sort((a, b) => busy(a) - busy(b)).map(section);
    if (status.single_runs.length > 0) {
        const part = make("section");
        part.append(make("h2", "Single runs"), cards(status.single_runs));
        if (status.single_runs.some((job) => job.state === "running")) parts.unshift(part);
        else parts.push(part);
    }
    document.getElementById("stores").replaceChildren(...parts);
    const running = status.stores.flatMap((store) => store.jobs).concat(status.single_runs)
        .filter((job) => job.state === "running");
    const left = running.map((job) => job.run.seconds_left).filter((seconds) => seconds !== null);
    document.title = running.length > 0 ? `${running.length} under way - crossbar_sim` : "crossbar_sim: nothing under way";
    document.getElementById("time").textContent = `As of ${status.time}`
        + (left.length > 0 ? `; the longest has ${duration(Math.max(...left))} left` : "");
    return running.length === 0 ? "Nothing is under way" : `${running.length} under way`;
}

async function ask() {
    const state = document.getElementById("state");
    try {
        const answer = await fetch("status.json", {cache: "no-store"});
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        const text = show(await answer.json());
        if (state.textContent !== text) state.textContent = text;
        state.className = "soft";
    } catch (error) {
        state.textContent = `No answer from crossbar_sim watch (${error.message}); asking again ...`;
        state.className = "bad";
    }
    setTimeout(ask, pause);
}
ask();
