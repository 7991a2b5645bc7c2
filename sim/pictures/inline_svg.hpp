// A figure as a part of a page: small SVG whose letters are text, in the page's own font and ink.
#pragma once

#include "pictures/paper.hpp"

namespace crossbar::sim {

// White is the page's ground, --ground of its style sheet. Greys are shares of the page's ink, the
// deeper the more. Another ink is the `color` of its element, so that a style sheet may make it
// lighter on a dark ground. Letters stand above all else.
class InlineSvg : public Paper {
  public:
    // `title` and `description` are what readers of screens say.
    InlineSvg(double width, double height, const std::string& title,
              const std::string& description);

    void text(double x, double y, const std::string& text, const TextLook& look) override;
    void line(const Path& path, const Stroke& stroke) override;
    void area(const Path& path, Colour ink, const Stroke& edge) override;
    void circle(double x, double y, double radius, Colour ink, const Stroke& edge) override;
    void clip(double x, double y, double width, double height) override;
    void unclip() override;
    std::string bytes() override;

  private:
    // With what was drawn before where that looks the same: one element.
    void add(const std::string& look, const std::string& path);
    void finish_path();
    void fill(const std::string& shape, Colour ink, const Stroke& edge);

    std::string svg_, letters_;
    std::string path_look_, path_, letters_look_;
};

}  // namespace crossbar::sim
