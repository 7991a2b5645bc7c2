// Charts by D3: lines or points with error bars and single seeds, tooltips, zoom, a legend that hides lines, and each
// chart as SVG, PNG and CSV. A chart is {title, x, y, scale: "words" | "linear" | "log", words, joined, lines: [{name, points}]}, a point
// {x, y, deviation, count, label, open}. Looks come from the style sheet, so that they follow light, dark and print.

const symbols = typeof d3 === "undefined" ? [] : [d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle, d3.symbolDiamond,
    d3.symbolCross, d3.symbolStar, d3.symbolWye];
const manyPoints = 500;  // of a line: one path for all of them
// Six colours and seven marks make 42 looks.
const colourOf = place => `s${place % 6}`;
const markOf = (place, size) => d3.symbol().type(symbols[place % 7]).size(size);

// Points of a chart of the page, whose groups have means over seeds.
function chartOfPage(chart) {
    const point = ([x, place, y]) => {
        if (place === null) return {x, y};
        const group = page.groups[place];
        return {x, y: group.m, deviation: group.e, count: group.runs.length, seeds: group.runs.map(run => run.error),
            label: `${group.t}, ${group.c}${group.settings ? ", " + group.settings : ""}`, open: group.runs[0]};
    };
    return {y: "test error %", ...chart,
        lines: chart.lines.map(line => ({name: line.name, points: line.points.map(point).filter(p => p.y !== null)}))};
}

const chartPoints = chart => chart.lines.filter(line => !line.hidden).flatMap(line => line.points);

function valueScale(values, range, wanted) {
    const low = d3.min(values), high = d3.max(values);
    if (wanted && low > 0 && high > 4 * low)
        return d3.scaleLog().domain([low / 1.15, high * 1.15]).range(range);
    const scale = d3.scaleLinear().range(range);
    if (!(high > low)) return scale.domain(low > 0 ? [0, 1.5 * low] : [low - 1, low + 1]);
    return scale.domain([low > 0 && low < high / 2 ? 0 : low - 0.06 * (high - low), high + 0.06 * (high - low)]).nice();
}

const isLog = scale => typeof scale.base === "function";

// Few enough that their texts do not meet: of logarithmic ones some of each power of ten; of whole numbers whole ones.
function tickValues(scale, count, whole) {
    if (!isLog(scale)) return scale.ticks(count).filter(tick => !whole || Number.isInteger(tick));
    const ticks = scale.ticks(count);
    for (const digits of ["123456789", "12357", "125", "12", "1"]) {
        const some = ticks.filter(tick => digits.includes(tick.toExponential()[0]));
        if (some.length <= count) return some;
    }
    const tens = ticks.filter(tick => tick.toExponential()[0] === "1");
    return tens.filter((_, i) => i % Math.ceil(tens.length / count) === 0);
}

// Sizes, scales and axes of one drawing.
function frameOf(chart, width) {
    const words = chart.scale === "words";
    const points = chartPoints(chart);
    const longest = words ? d3.max(chart.words, word => word.length) || 0 : 0;
    const left = words ? Math.min(7.6 * longest + 16, width * 0.42) : 52;
    const frame = {words, left, right: width - 12, top: words ? 6 : 24, width,
        bottom: words ? 24 + 26 * chart.words.length : Math.round(Math.min(340, Math.max(220, width * 0.55)))};
    frame.height = frame.bottom + 42;
    const errors = points.flatMap(p => p.deviation ? [p.y, p.y + p.deviation, ...p.seeds.filter(y => y > 0)] : [p.y]);
    errors.push(...points.filter(p => p.y > 1.05 * p.deviation).map(p => p.y - p.deviation));
    if (words) {
        frame.x = valueScale(errors, [left + 8, frame.right - 8], chart.logarithmic !== false);
        frame.y = d3.scalePoint().domain(chart.words.map((_, i) => i)).range([frame.top + 12, frame.bottom - 12]);
    } else {
        frame.x = valueScale(points.map(p => p.x), [left + 8, frame.right - 8], chart.scale === "log");
        frame.y = valueScale(errors, [frame.bottom - 4, frame.top + 4], chart.logarithmic !== false);
    }
    if (chart.zoom) {
        frame.x.domain(chart.zoom.x);
        if (!words) frame.y.domain(chart.zoom.y);
    }
    frame.whole = !words && points.every(p => Number.isInteger(p.x));
    frame.place = words ? p => [frame.x(p.y), frame.y(p.x) + (p.shift || 0)] : p => [frame.x(p.x), frame.y(p.y)];
    return frame;
}

function drawAxes(svg, chart, frame) {
    const wide = Math.max(2, Math.floor((frame.right - frame.left) / 70));
    const bottom = d3.axisBottom(frame.x).tickValues(tickValues(frame.x, wide, frame.whole)).tickFormat(d3.format("~g"))
        .tickSizeOuter(0);
    const left = frame.words
        ? d3.axisLeft(frame.y).tickFormat(i => shortened(chart.words[i], (frame.left - 12) / 7.6))
        : d3.axisLeft(frame.y).tickValues(tickValues(frame.y, 7)).tickFormat(d3.format("~g"));
    const grid = frame.words
        ? d3.axisBottom(frame.x).tickValues(tickValues(frame.x, wide)).tickSize(frame.top - frame.bottom).tickFormat("")
        : d3.axisLeft(frame.y).tickValues(tickValues(frame.y, 7)).tickSize(frame.left - frame.right).tickFormat("");
    svg.append("g").attr("class", "gridlines").attr("transform",
        frame.words ? `translate(0,${frame.bottom})` : `translate(${frame.left},0)`).call(grid);
    svg.append("g").attr("class", "ticks").attr("transform", `translate(0,${frame.bottom})`).call(bottom);
    svg.append("g").attr("class", "ticks").attr("transform", `translate(${frame.left},0)`).call(left.tickSizeOuter(0));
    svg.append("text").attr("class", "label end").attr("x", frame.right).attr("y", frame.bottom + 36)
        .text(frame.words ? chart.y : chart.x);
    if (!frame.words) svg.append("text").attr("class", "label").attr("x", 2).attr("y", 10).text(chart.y);
}

const shortened = (word, most) => word.length > most ? word.slice(0, Math.max(1, Math.floor(most) - 1)) + "…" : word;

// One line with its error bars, seeds and marks.
function drawLine(layer, chart, frame, line, place) {
    const g = layer.append("g").attr("class", colourOf(place));
    if (chart.joined && !frame.words)
        g.append("path").attr("class", "line").attr("d",
            d3.line().x(p => frame.place(p)[0]).y(p => frame.place(p)[1])(line.points));
    for (const p of line.points) {
        const [x, y] = frame.place(p);
        if (p.deviation > 0) {
            const value = frame.words ? frame.x : frame.y;
            const low = value(Math.max(p.y - p.deviation, isLog(value) ? value.domain()[0] : -Infinity));
            const high = value(p.y + p.deviation);
            const across = `M${low},${y}H${high}M${low},${y - 3}v6M${high},${y - 3}v6`;
            const upright = `M${x},${low}V${high}M${x - 3},${low}h6M${x - 3},${high}h6`;
            g.append("path").attr("class", "bar").attr("d", frame.words ? across : upright);
        }
    }
    for (const p of line.points)
        if (p.count > 1 && p.count <= 20)
            for (const y of p.seeds)
                if (y !== null) {
                    const [x, at] = frame.place({...p, y});
                    g.append("circle").attr("class", "seed").attr("cx", x).attr("cy", at).attr("r", 1.8);
                }
    if (!chart.joined && line.points.length > manyPoints) {
        const ring = p => { const [x, y] = frame.place(p); return `M${x - 2},${y}a2,2 0 1,0 4,0a2,2 0 1,0 -4,0`; };
        g.append("path").attr("class", "mark").attr("d", line.points.map(ring).join(""));
        return;
    }
    const step = chart.joined && line.points.length > 40 ? Math.ceil(line.points.length / 20) : 1;
    g.selectAll("path.mark").data(line.points.filter((_, i) => i % step === 0 || i + 1 === line.points.length)).enter()
        .append("path").attr("class", "mark").attr("d", markOf(place, 44))
        .attr("transform", p => `translate(${frame.place(p)})`);
}

// Points of several lines on one word stand below one another.
function spread(chart) {
    if (chart.scale !== "words") return;
    const shown = chart.lines.filter(line => !line.hidden);
    shown.forEach((line, i) => line.points.forEach(p => {
        p.shift = shown.length > 1 ? (i / (shown.length - 1) - 0.5) * 14 : 0;
    }));
}

function tipText(chart, line, p) {
    const at = chart.scale === "words" ? chart.words[p.x] : `${chart.x} ${shortNumber(p.x)}`;
    const seeds = p.count > 1 ? ` ± ${numberText(p.deviation)} (seeds: ${p.seeds.map(s => numberText(s)).join(", ")})` : "";
    return [line.name, at, `${chart.y} ${shortNumber(p.y)}${seeds}`, p.label].filter(Boolean).join("\n");
}

// The pointer, and the arrow keys, lead from point to point.
function addTips(svg, chart, frame, box, tip) {
    const all = chart.lines.filter(line => !line.hidden).flatMap(line => line.points.map(p => ({line, p, at: frame.place(p)})));
    let current = -1;
    const show = place => {
        current = place;
        svg.select(".cursor").attr("visibility", place < 0 ? "hidden" : null);
        tip.hidden = place < 0;
        if (place < 0) return;
        const {line, p, at} = all[place];
        tip.textContent = tipText(chart, line, p);
        svg.select(".cursor").attr("cx", at[0]).attr("cy", at[1]);
        tip.style.left = `${Math.max(0, Math.min(at[0] + 12, box.clientWidth - tip.offsetWidth))}px`;
        tip.style.top = `${at[1] + 14}px`;
    };
    const nearest = () => {
        const [x, y] = d3.mouse(svg.node());
        const place = d3.scan(all, (a, b) => Math.hypot(a.at[0] - x, a.at[1] - y) - Math.hypot(b.at[0] - x, b.at[1] - y));
        return place !== undefined && Math.hypot(all[place].at[0] - x, all[place].at[1] - y) < 30 ? place : -1;
    };
    const open = () => { if (current >= 0 && all[current].p.open) openRun(all[current].p.open); };
    svg.on("mousemove.tip", () => show(nearest())).on("mouseleave.tip", () => show(-1)).on("click.tip", open)
        .on("blur.tip", () => show(-1)).on("keydown.tip", () => {
            const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[d3.event.key];
            if (step && all.length) {
                d3.event.preventDefault();
                show((current + step + all.length) % all.length);
            } else if (d3.event.key === "Enter") open();
            else if (d3.event.key === "Escape" && current >= 0) { d3.event.stopPropagation(); show(-1); }
        });
    svg.append("circle").attr("class", "cursor").attr("r", 7).attr("visibility", "hidden");
}

// Dragging over a part shows it larger.
function addZoom(svg, chart, frame, redraw) {
    const box = [[frame.left, frame.top - 8], [frame.right, frame.bottom]];
    const brush = (frame.words ? d3.brushX() : d3.brush()).extent(box).on("end", () => {
        const selection = d3.event.selection;
        if (!selection || !d3.event.sourceEvent) return;
        const [x0, x1] = frame.words ? selection : [selection[0][0], selection[1][0]];
        if (x1 - x0 < 8) { svg.select(".brush").call(brush.move, null); return; }
        chart.zoom = {x: [x0, x1].map(frame.x.invert)};
        if (!frame.words) chart.zoom.y = [selection[1][1], selection[0][1]].map(frame.y.invert);
        redraw();
    });
    svg.append("g").attr("class", "brush").call(brush);
    svg.on("dblclick.zoom", () => { chart.zoom = null; redraw(); });
}

function legendOf(chart, redraw) {
    if (chart.lines.length < 2 && !(chart.lines[0] && chart.lines[0].name)) return null;
    return element("ul", {class: "legend"}, ...chart.lines.map((line, i) => {
        const key = d3.create("svg").attr("class", "key").attr("viewBox", "0 0 36 12").attr("aria-hidden", "true");
        const g = key.append("g").attr("class", colourOf(i));
        if (chart.joined && chart.scale !== "words") g.append("path").attr("class", "line").attr("d", "M1 6H35");
        g.append("path").attr("class", "mark").attr("d", markOf(i, 40)).attr("transform", "translate(18,6)");
        const button = element("button", {type: "button", "aria-pressed": String(!line.hidden), title: "Show or hide",
            onclick: () => { line.hidden = !line.hidden; redraw(); }}, key.node(), line.name || "all");
        return element("li", {}, button);
    }));
}

// A chart in a box; drawn again where its width or what is shown of it changes.
function drawChart(box, chart) {
    if (typeof d3 === "undefined") {
        if (!box.childNodes.length) box.textContent = "This program was built without D3, which draws charts.";
        return;
    }
    if (!chart.lines.some(line => line.points.length)) return;
    const draw = () => {
        const width = Math.max(260, Math.min(box.clientWidth || 560, 860));
        spread(chart);
        const all = {...chart, lines: chart.lines.map(line => ({...line, hidden: false}))};
        const frame = frameOf(chartPoints(chart).length ? chart : all, width);
        const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${frame.height}`)
            .attr("width", width).attr("height", frame.height).attr("role", "img").attr("tabindex", 0).attr("aria-label",
                `${chart.title}. ${chart.lines.length} lines; arrow keys go from point to point.`);
        const clip = `clip-${clips++}`;
        svg.append("clipPath").attr("id", clip).append("rect").attr("x", frame.left).attr("y", frame.top - 8)
            .attr("width", frame.right - frame.left + 6).attr("height", frame.bottom - frame.top + 14);
        drawAxes(svg, chart, frame);
        addZoom(svg, chart, frame, draw);
        const layer = svg.append("g").attr("class", "lines").attr("clip-path", `url(#${clip})`);
        chart.lines.forEach((line, i) => { if (!line.hidden) drawLine(layer, chart, frame, line, i); });
        const tip = element("div", {class: "tip", role: "status"});
        tip.hidden = true;
        addTips(svg, chart, frame, box, tip);
        box.replaceChildren(element("div", {class: "drawing"}, svg.node(), tip), legendOf(chart, draw) || "",
            toolsOf(chart, svg.node(), draw));
        box.drawnWidth = box.clientWidth;
    };
    draw();
    widthWatcher.observe(box);
    box.redraw = draw;
}
let clips = 0;
const widthWatcher = new ResizeObserver(entries => {
    for (const {target} of entries)
        if (target.redraw && target.clientWidth && Math.abs(target.clientWidth - target.drawnWidth) > 8) target.redraw();
});

function toolsOf(chart, svg, redraw) {
    const name = chart.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60);
    const button = (label, title, onclick) => element("button", {type: "button", title, onclick}, label);
    return element("div", {class: "tools"},
        chart.zoom ? button("Whole chart", "Zoom out", () => { chart.zoom = null; redraw(); }) :
            element("span", {class: "hint"}, "drag to zoom"),
        button("SVG", "Save this chart as SVG", () => download(`${name}.svg`, "image/svg+xml", svgText(chart, svg))),
        button("PNG", "Save this chart as PNG", () => savePng(`${name}.png`, chart, svg)),
        button("CSV", "Save the numbers of this chart", () => download(`${name}.csv`, "text/csv", chartCsv(chart))));
}

function chartCsv(chart) {
    const rows = [["line", chart.x, chart.y, "deviation", "seeds"]];
    for (const line of chart.lines)
        for (const p of line.points)
            rows.push([line.name, chart.scale === "words" ? chart.words[p.x] : p.x, p.y, p.deviation, p.count]);
    return csvText(rows);
}

// Alone: with the looks that it has on the page, title and legend, on white.
function svgText(chart, svg) {
    const copy = svg.cloneNode(true);
    const kept = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "text-anchor", "opacity",
        "visibility"];
    const theirs = svg.querySelectorAll("*"), ours = copy.querySelectorAll("*");
    theirs.forEach((one, i) => {
        const style = getComputedStyle(one);
        for (const name of kept) ours[i].setAttribute(name, style.getPropertyValue(name));
    });
    copy.querySelectorAll(".brush, .cursor").forEach(part => part.remove());
    const shown = chart.lines.map((line, i) => ({line, i})).filter(({line}) => !line.hidden && line.name);
    const [width, height] = [Number(svg.getAttribute("width")), Number(svg.getAttribute("height"))];
    const whole = height + 26 + 18 * shown.length;
    copy.setAttribute("viewBox", `0 -26 ${width} ${whole}`);
    copy.setAttribute("height", whole);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const out = d3.select(copy);
    const ink = getComputedStyle(svg).color, ground = getComputedStyle(document.documentElement).backgroundColor;
    out.insert("rect", ":first-child").attr("x", 0).attr("y", -26).attr("width", width).attr("height", whole).attr("fill", ground);
    const write = (x, y, size, words) => out.append("text").attr("x", x).attr("y", y).attr("font-size", size)
        .attr("font-family", "sans-serif").attr("fill", ink).text(words);
    write(2, -10, 14, chart.title);
    shown.forEach(({line, i}, row) => {
        const mark = svg.querySelector(`.lines .${colourOf(i)} .mark`);
        const y = height + 18 * row;
        out.append("path").attr("d", markOf(i, 44)).attr("transform", `translate(14,${y})`)
            .attr("fill", ground).attr("stroke", mark ? getComputedStyle(mark).stroke : ink).attr("stroke-width", 1.4);
        write(28, y + 4, 13, line.name);
    });
    return new XMLSerializer().serializeToString(copy);
}

function savePng(name, chart, svg) {
    const source = svgText(chart, svg);
    const image = new Image();
    image.onload = () => {
        const canvas = element("canvas", {width: 2 * image.width, height: 2 * image.height});
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(blob => download(name, "image/png", blob));
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(source);
}

// Charts of the page are drawn when they come near the window.
function drawPageCharts() {
    if (typeof d3 === "undefined") return;
    const draw = figure => {
        seen.unobserve(figure);
        drawChart(figure.querySelector(".plot"), chartOfPage(page.charts[Number(figure.dataset.chart)]));
    };
    const seen = new IntersectionObserver(entries => entries.filter(e => e.isIntersecting).forEach(e => draw(e.target)),
        {rootMargin: "600px"});
    const figures = document.querySelectorAll("figure[data-chart]");
    figures.forEach(figure => seen.observe(figure));
    addEventListener("beforeprint", () => figures.forEach(figure => figure.querySelector(".tools") || draw(figure)));
}
