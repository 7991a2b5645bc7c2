// Figures as plain data: scales, what is drawn of them, and that it is all there.
#include <catch2/catch.hpp>

#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "pictures/figure.hpp"
#include "pictures/figure_legend.hpp"
#include "pictures/figure_scale.hpp"
#include "pictures/inline_svg.hpp"
#include "pictures/paper.hpp"

using namespace crossbar;
using namespace crossbar::sim;
using Catch::Matchers::Contains;

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

// Filled shapes of that colour.
std::size_t fills(const std::string& svg, const Colour& c) {
    const auto part = [](std::uint8_t value) {
        std::string text = fmt::format("{:.6f}", 100.0 * value / 255);
        while (text.ends_with('0'))
            text.pop_back();
        if (text.ends_with('.')) text.pop_back();
        return text;
    };
    return count_of(svg, fmt::format("fill:rgb({}%,{}%,{}%)", part(c[0]), part(c[1]), part(c[2])));
}

FigureSeries series(const std::string& name, std::size_t values, double spread = 0) {
    FigureSeries s{name, {}};
    for (std::size_t i = 0; i < values; ++i)
        s.values.push_back({static_cast<double>(i + 1), 40.0 / static_cast<double>(i + 1), spread});
    return s;
}

Figure figure_of(std::vector<FigureSeries> all) {
    return {"a <title>",
            "described & so on",
            {{"panel", {"bits per synapse"}, {"test error, %", true, 100}, std::move(all)}}};
}

std::string svg_of(const Figure& figure, FigureWidth width = FigureWidth::column) {
    return drawn(figure, width, PaperFormat::svg);
}

std::string refusal(const std::function<void()>& what) {
    try {
        what();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

// Opening and closing tags match, and nothing else is left over.
bool is_well_formed(const std::string& xml) {
    std::vector<std::string> open;
    for (std::size_t at = xml.find('<'); at != xml.npos; at = xml.find('<', at + 1)) {
        const std::size_t end = xml.find('>', at);
        if (end == xml.npos) return false;
        const std::string tag = xml.substr(at + 1, end - at - 1);
        const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
        if (tag.starts_with('?') || tag.ends_with('/')) continue;
        if (!tag.starts_with('/'))
            open.push_back(name);
        else if (open.empty() || "/" + open.back() != tag)
            return false;
        else
            open.pop_back();
    }
    return open.empty();
}

constexpr Colour first_ink = {0, 114, 178}, second_ink = {213, 94, 0};

}  // namespace

TEST_CASE("figure: a scale encloses its values, and is logarithmic over a factor of 4",
          "[figure]") {
    const FigureScale bits({1, 2, 8}, false, false);
    CHECK(bits.place(1) >= 0);
    CHECK(bits.place(8) <= 1);
    CHECK(bits.place(8) > bits.place(2));
    CHECK_FALSE(FigureScale({1, 4}, true).logarithmic());
    const FigureScale error({0.7, 90}, true);
    CHECK(error.logarithmic());
    CHECK_FALSE(error.has_gap());
    // Equal ratios are equal distances.
    CHECK(error.place(7) - error.place(0.7) == Approx(error.place(70) - error.place(7)));
    for (const FigureScale::Tick& tick : error.ticks()) {
        CHECK(tick.place >= 0);
        CHECK(tick.place <= 1);
    }
    CHECK_FALSE(FigureScale({-1, 100}, true).logarithmic());
    CHECK(FigureScale({}, true).place(0) == 0);
}

TEST_CASE("figure: on a logarithmic scale 0 stands apart, before all others", "[figure]") {
    const FigureScale stuck({0, 0.01, 0.1}, true);
    CHECK(stuck.has_gap());
    CHECK(stuck.place(0) == 0);
    CHECK(stuck.place(0.01) > 0.05);
    CHECK(stuck.place(0.1) == Approx(1));
    CHECK(stuck.ticks().front().label == "0");
}

TEST_CASE("figure: scales hold the smallest and the largest numbers, with names that can be read",
          "[figure]") {
    for (const std::vector<double>& values : {std::vector{1e-300, 2.0, 1e300},
                                              {5e-324, 1.0},
                                              {0.0, 1e-300, 1e11},
                                              {-1e300, 1e300},
                                              {7.0}}) {
        const FigureScale scale(values, true);
        for (const double value : values) {
            CHECK(scale.place(value) >= -1e-9);
            CHECK(scale.place(value) <= 1 + 1e-9);
        }
        std::size_t names = 0;
        for (const FigureScale::Tick& tick : scale.ticks()) {
            CHECK((tick.place >= -1e-9 && tick.place <= 1 + 1e-9));
            names += tick.label.empty() ? 0 : 1;
        }
        CHECK((names >= 2 && names <= 10));
    }
}

TEST_CASE("figure: ticks are called by numbers that can be read", "[figure]") {
    CHECK(tick_label(0) == "0");
    CHECK(tick_label(0.005) == "0.005");
    CHECK(tick_label(20000) == "20000");
    CHECK(tick_label(1e-5) == "10⁻⁵");
    CHECK(tick_label(2e6) == "2×10⁶");
    CHECK(tick_label(-3) == "−3");
}

TEST_CASE("figure: each value is drawn, each run behind it, and the key of each name", "[figure]") {
    const std::string one = svg_of(figure_of({series("bm1", 5)}));
    CHECK(fills(one, first_ink) == 5);  // one name is no legend
    FigureSeries with_runs = series("bm1", 5, 2);
    with_runs.runs = {{1, 41}, {1, 39}, {2, 20}};
    const std::string two = svg_of(figure_of({with_runs, series("bm3", 7)}));
    CHECK(fills(two, first_ink) == 5 + 1);
    CHECK(fills(two, second_ink) == 7 + 1);
    CHECK(fills(two, {153, 199, 225}) == 3);
    // Without a line each of many values is drawn; on a line some, and always the last.
    FigureSeries measured = series("", 200);
    measured.line = false;
    CHECK(fills(svg_of(figure_of({measured})), first_ink) == 200);
    measured.line = true;
    const std::size_t some = fills(svg_of(figure_of({measured})), first_ink);
    CHECK(some > 5);
    CHECK(some < 20);
    // What is no number is left out.
    measured.values = {{1, NAN, 0}, {2, 3, 0}, {INFINITY, 1, 0}};
    CHECK(fills(svg_of(figure_of({measured})), first_ink) == 1);
}

TEST_CASE("figure: SVG is XML with title and description", "[figure]") {
    FigureSeries hostile = series("</svg><script>alert(1)</script>", 3);
    FigureSeries damaged = series("\xff\xc3(\xed\xa0\x80 \x01 naïve", 3);
    const std::string svg = svg_of(figure_of({hostile, damaged}), FigureWidth::page);
    CHECK(is_well_formed(svg));
    CHECK_THAT(svg, Contains("<title>a &lt;title&gt;</title>"));
    CHECK_THAT(svg, Contains("<desc>described &amp; so on</desc>"));
    CHECK(svg.find("script") == svg.npos);
    CHECK(count_of(svg, "<svg") == 1);
}

TEST_CASE("figure: PDF with its fonts in it; the same figure is the same bytes", "[figure]") {
    const Figure figure = figure_of({series("a", 4, 1), series("b", 4)});
    const std::string pdf = drawn(figure, FigureWidth::column, PaperFormat::pdf);
    CHECK(pdf.starts_with("%PDF-"));
    CHECK(pdf.find("/FontFile") != pdf.npos);
    CHECK(pdf.find("Date") == pdf.npos);
    for (const PaperFormat format : {PaperFormat::pdf, PaperFormat::svg, PaperFormat::png})
        CHECK(drawn(figure, FigureWidth::page, format) == drawn(figure, FigureWidth::page, format));
}

TEST_CASE("figure: widths of a column and a page, in 300 dots per inch", "[figure]") {
    const Figure figure = figure_of({series("", 4)});
    for (const auto& [width, pixels] :
         {std::pair{FigureWidth::column, 1039}, {FigureWidth::page, 2126}}) {
        const std::string png = drawn(figure, width, PaperFormat::png);
        const Picture picture = decode_picture(
            {reinterpret_cast<const std::uint8_t*>(png.data()), png.size()}, "figure.png");
        CHECK(picture.width == pixels);
        // Nothing touches the edges.
        const auto dark = [&](int x, int y) {
            return picture.rgb[3 * (static_cast<std::size_t>(y) *
                                        static_cast<std::size_t>(picture.width) +
                                    static_cast<std::size_t>(x))] < 255;
        };
        for (int y = 0; y < picture.height; ++y)
            REQUIRE_FALSE((dark(0, y) || dark(picture.width - 1, y)));
        for (int x = 0; x < picture.width; ++x)
            REQUIRE_FALSE((dark(x, 0) || dark(x, picture.height - 1)));
    }
}

TEST_CASE("figure: names wrap, and are as wide as there is room", "[figure]") {
    const std::string text = "one two three fourfivesixseveneightnineteneleventwelve";
    for (const double width : {30.0, 60.0, 200.0}) {
        std::string joined;
        for (const std::string& line : fitted_lines(text, width)) {
            CHECK(Paper::width_of(line) <= width);
            joined += line;
        }
        std::erase(joined, ' ');
        CHECK(joined == "onetwothreefourfivesixseveneightnineteneleventwelve");
    }
    CHECK(fitted_lines("", 50).empty());
    CHECK(fitted_lines("ééééé", 0.1).size() == 5);
}

TEST_CASE("figure: what cannot be told apart or does not fit is refused", "[figure]") {
    std::vector<FigureSeries> nine;
    for (int i = 0; i < 9; ++i)
        nine.push_back(series(fmt::format("line {}", i), 2));
    CHECK_THAT(refusal([&] { svg_of(figure_of(nine)); }), Contains("9 lines") && Contains("8 are"));
    nine.pop_back();
    CHECK(is_well_formed(svg_of(figure_of(nine))));
    Figure high = figure_of({series("", 3)});
    for (int i = 0; i < 4; ++i)
        high.panels.push_back(high.panels.front());
    CHECK_THAT(refusal([&] { svg_of(high); }), Contains("240") && Contains("--width page"));
    CHECK(is_well_formed(svg_of(high, FigureWidth::page)));
}

TEST_CASE("figure: panels with other names have a legend each", "[figure]") {
    Figure figure = figure_of({});
    figure.panels.push_back(figure.panels.front());
    for (int i = 0; i < 10; ++i)
        figure.panels[static_cast<std::size_t>(i % 2)].series.push_back(
            series(fmt::format("line {}", i), 2));
    const std::string svg = svg_of(figure);
    CHECK(fills(svg, first_ink) == 2 * (2 + 1));
}

TEST_CASE("figure: over names values lie along x", "[figure]") {
    Figure figure = figure_of({{"a", {{1, 0, 0.2}, {3, 1, 0}}, {{1.1, 0}}, false}});
    figure.panels[0].y = {"", false, INFINITY, {"ideal", "a target with a name that is long"}};
    const std::string svg = svg_of(figure);
    CHECK(fills(svg, first_ink) == 2);
    CHECK(is_well_formed(svg));
}

TEST_CASE("figure: within a page letters are text, ink is the page's, and nothing is not there",
          "[figure]") {
    FigureSeries hostile = series("</text><script>alert(1)</script>", 3, 2);
    FigureSeries dots = series("dots \xff", 60);
    dots.line = false;
    const std::string svg = drawn_inline(figure_of({dots, hostile}));
    CHECK(is_well_formed(svg));
    CHECK(svg.starts_with("<svg viewBox="));
    CHECK_THAT(svg, Contains("role=\"img\"") && Contains("<title>a &lt;title&gt;</title>") &&
                        Contains("<desc>described &amp; so on</desc>"));
    CHECK_THAT(svg, Contains(">bits per synapse</text>") && Contains(">dots ?</text>"));
    CHECK(svg.find("<script") == svg.npos);
    CHECK(svg.find(" id=") == svg.npos);
    CHECK(svg.find("nan") == svg.npos);
    // Each value, and the key.
    CHECK(count_of(svg, "a2.1 2.1 0 1 0 4.2 0") == 60 + 1);
    // No sheet, and no ink but the page's own and that of marks.
    CHECK(count_of(svg, "#0072b2") > 0);
    CHECK(count_of(svg, "color=\"#") == count_of(svg, "#0072b2") + count_of(svg, "#d55e00"));
    CHECK(count_of(svg, "#") == count_of(svg, "color=\"#") + count_of(svg, "var(--ground, #fff)"));
    CHECK(svg.size() < 6000);
    CHECK(svg == drawn_inline(figure_of({dots, hostile})));
}

TEST_CASE("figure: within a page places are those of the strokes, to a tenth of a point",
          "[figure]") {
    InlineSvg svg(100, 50, "t", "d");
    constexpr Colour red = {200, 0, 0}, white = {255, 255, 255};
    svg.line({{1.26, 2}, {1.26, 4}, {5, 4}, {6.5, 3.25}, {7, 3}}, {.width = 0.5, .ink = red});
    svg.line({{10, 0.04}, {9.5, 0.04}}, {.width = 0.5, .ink = red});
    svg.area({{0, 0}, {1, 0}, {1, 1}}, red, {.width = 0.4, .ink = white});
    svg.text(3, 4, "up", {.anchor = Anchor::end, .upright = true});
    CHECK(svg.bytes() ==
          "<svg viewBox=\"0 0 100 50\" role=\"img\" fill=\"none\" stroke-linejoin=\"round\" "
          "paint-order=\"stroke\">"
          "<title>t</title><desc>d</desc>"
          "<path stroke=\"currentColor\" color=\"#c80000\" stroke-width=\".5\" "
          "d=\"M1.3 2v2h3.7l1.5-.7 .5-.3M10 0h-.5\"/>"
          "<path fill=\"currentColor\" color=\"#c80000\" stroke=\"var(--ground, #fff)\" "
          "stroke-width=\".4\" d=\"M0 0h1v1z\"/>"
          "<g font-size=\"7.5\" fill=\"currentColor\" text-anchor=\"end\">"
          "<text x=\"3\" y=\"4\" transform=\"rotate(-90 3 4)\">up</text></g></svg>");
}

TEST_CASE("figure: formats by suffix", "[figure]") {
    CHECK(paper_format_of("--out", "a.svg") == PaperFormat::svg);
    CHECK(paper_format_of("--out", "b.c.PDF") == PaperFormat::pdf);
    CHECK(paper_format_of("--out", "d/e.Png") == PaperFormat::png);
    for (const char* name : {"", "a", ".svg", "a.jpg", "a.pdf.txt", "svg", "a.eps", "pdf/"})
        CHECK_THAT(refusal([&] { paper_format_of("--out", name); }),
                   Contains("--out ") && Contains(".svg, .pdf or .png"));
}
