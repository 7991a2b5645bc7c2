// What figures are drawn on: one set of strokes that becomes a file (a PaperFile: SVG, PDF or PNG)
// or part of a page (inline_svg.hpp). Lengths are points, 72 per inch, from the upper left.
// Implemented in paper.cpp, the one place that knows cairo.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pictures/png.hpp"

namespace crossbar::sim {

enum class PaperFormat { svg, pdf, png };

// By the name's suffix, in any case. Throws Error, beginning with `option` ("--out") and the name,
// with the list where it is another one.
PaperFormat paper_format_of(const std::string& option, const std::string& file);

// Throws Error where this machine has no font to write with.
void check_fonts();

enum class Anchor { start, middle, end };

struct TextLook {
    double size = 7.5;  // points
    Anchor anchor = Anchor::start;
    bool bold = false;
    Colour ink = {27, 31, 36};
    bool upright = false;  // from below upwards
};

struct Stroke {
    double width = 1;
    Colour ink = {27, 31, 36};
    std::span<const double> dashes = {};  // lengths of marks and gaps by turns; none: unbroken
};

using Path = std::vector<std::pair<double, double>>;

class Paper {
  public:
    Paper() = default;
    virtual ~Paper() = default;
    Paper(const Paper&) = delete;
    Paper& operator=(const Paper&) = delete;

    // With its base line at y. Letters that are no valid UTF-8 become "?".
    virtual void text(double x, double y, const std::string& text, const TextLook& look) = 0;
    // Where this machine has no font, a guess.
    static double width_of(const std::string& text, const TextLook& look = {});

    virtual void line(const Path& path, const Stroke& stroke) = 0;
    // Closed and filled, then drawn around where the stroke has a width.
    virtual void area(const Path& path, Colour fill, const Stroke& edge) = 0;
    virtual void circle(double x, double y, double radius, Colour fill, const Stroke& edge) = 0;
    // What is drawn from now on is cut off outside; until unclip().
    virtual void clip(double x, double y, double width, double height) = 0;
    virtual void unclip() = 0;

    // What was drawn: the same bytes for the same strokes. Nothing can be drawn afterwards. Throws
    // Error.
    virtual std::string bytes() = 0;
};

// No edge.
inline constexpr Stroke no_edge{.width = 0};

// A white sheet that becomes a file.
class PaperFile : public Paper {
  public:
    // `title` and `description` are for those who cannot see it, and for searches: PDF and SVG keep
    // them. PNG has `dots` per inch. Throws Error where there is no font.
    PaperFile(PaperFormat format, double width, double height, const std::string& title,
              const std::string& description, double dots = 300);
    ~PaperFile() override;

    void text(double x, double y, const std::string& text, const TextLook& look) override;
    void line(const Path& path, const Stroke& stroke) override;
    void area(const Path& path, Colour fill, const Stroke& edge) override;
    void circle(double x, double y, double radius, Colour fill, const Stroke& edge) override;
    void clip(double x, double y, double width, double height) override;
    void unclip() override;
    std::string bytes() override;

    // Filled to its very edges, as cells of a map are: neighbours leave no seam.
    void cell(double x, double y, double width, double height, Colour fill);
    // Pixels as squares with sharp edges, stretched over the rectangle.
    void picture(double x, double y, double width, double height, const Canvas& pixels);

  private:
    struct Surface;
    std::unique_ptr<Surface> surface_;
};

// Letters that are no valid UTF-8, or none that can be written, as "?".
std::string readable(const std::string& text);

// Broken at blanks into lines that are no wider, and within a word that is wider by itself.
std::vector<std::string> fitted_lines(const std::string& text, double width,
                                      const TextLook& look = {});

}  // namespace crossbar::sim
