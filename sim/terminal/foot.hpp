// Text at the foot of a terminal, drawn again in place. Nothing elsewhere.
#pragma once

#include <string>

namespace crossbar::sim {

class Foot {
  public:
    explicit Foot(bool wanted);
    bool live() const { return live_; }

    void clear();
    void draw(const std::string& text);

  private:
    bool live_;
    long lines_ = 0;
};

}  // namespace crossbar::sim
