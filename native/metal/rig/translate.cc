#include "translate.h"

#include <cctype>
#include <map>
#include <set>
#include <vector>

namespace rig {
namespace {

using std::string;

struct Token {
  enum Kind { Name, Number, Text, Sign, Space, Marker } kind;
  string text;
  int line;
};

/** Kernel parameters that the launch fills, by attribute: members of `msl_lane`. */
const std::set<string> kLaneAttributes = {
    "thread_position_in_grid",     "threadgroup_position_in_grid",  "thread_position_in_threadgroup",
    "threads_per_threadgroup",     "threads_per_grid",              "threadgroups_per_grid",
    "thread_index_in_threadgroup", "thread_index_in_simdgroup",     "simdgroup_index_in_threadgroup",
    "threads_per_simdgroup",       "simdgroups_per_threadgroup",    "dispatch_threads_per_threadgroup",
};

/** Those of them that have one type within a kernel: all scalars, or all vectors of one length. */
const std::set<string> kGridAttributes = {
    "thread_position_in_grid", "threadgroup_position_in_grid", "thread_position_in_threadgroup",  "threads_per_threadgroup",
    "threads_per_grid",        "threadgroups_per_grid",        "dispatch_threads_per_threadgroup",
};

/** C++ that clang takes and that MSL or the house style does not (docs/metal.md). */
const std::map<string, string> kRefused = {
    {"double", "MSL has no double"},
    {"goto", "MSL has no goto"},
    {"new", "MSL has no new"},
    {"delete", "MSL has no delete"},
    {"throw", "MSL has no exceptions"},
    {"try", "MSL has no exceptions"},
    {"catch", "MSL has no exceptions"},
    {"virtual", "MSL has no virtual functions"},
    {"dynamic_cast", "MSL has no dynamic_cast"},
    {"typeid", "MSL has no typeid"},
    {"thread_local", "MSL has no thread_local"},
    {"register", "MSL has no register"},
    {"noexcept", "MSL has no noexcept"},
    {"asm", "MSL has no asm"},
    {"std", "MSL has no C++ library: use metal::"},
    {"printf", "MSL has no printf"},
    {"bfloat", "bfloat is MSL 3.1: keep bits in a ushort (BF16 of common.metal)"},
    {"atomic_float", "float atomics depend on the device: reduce in two passes"},
    {"thread_elements", "the lanes of a simdgroup_matrix are the driver's: load and store it"},
};

bool isNameChar(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_'; }

[[noreturn]] void fail(const string& file, int line, const string& why) {
  throw TranslateError(file + ":" + std::to_string(line) + ": error: " + why);
}

std::vector<Token> tokenise(const string& s) {
  std::vector<Token> out;
  size_t i = 0, n = s.size();
  int line = 1;
  bool lineStart = true;
  while (i < n) {
    size_t from = i;
    char c = s[i];
    Token::Kind kind;
    if (lineStart && c == '#') {  // "# 12 file" names the line that follows; other directives (pragmas) stay as they are
      while (i < n && s[i] != '\n') i++;
      kind = Token::Marker;
      int named = 0;
      if (sscanf(s.c_str() + from, "# %d", &named) == 1) line = named - 1;
    } else if (isspace(static_cast<unsigned char>(c))) {
      i++;
      kind = Token::Space;
      lineStart = c == '\n';
    } else if (isdigit(static_cast<unsigned char>(c)) ||
               (c == '.' && i + 1 < n && isdigit(static_cast<unsigned char>(s[i + 1])))) {
      while (i < n && (isNameChar(s[i]) || s[i] == '.' ||
                       ((s[i] == '+' || s[i] == '-') && (s[i - 1] == 'e' || s[i - 1] == 'E' || s[i - 1] == 'p'))))
        i++;
      kind = Token::Number;
    } else if (isNameChar(c)) {
      while (i < n && isNameChar(s[i])) i++;
      kind = Token::Name;
    } else if (c == '"' || c == '\'') {
      for (i++; i < n && s[i] != c; i++)
        if (s[i] == '\\') i++;
      i++;
      kind = Token::Text;
    } else {
      i += (s.compare(i, 2, "[[") == 0 || s.compare(i, 2, "]]") == 0 || s.compare(i, 2, "::") == 0) ? 2 : 1;
      kind = Token::Sign;
    }
    if (kind != Token::Space) lineStart = false;
    out.push_back({kind, s.substr(from, i - from), line});
    if (kind == Token::Space && c == '\n') line++;
  }
  return out;
}

struct Parameter {
  string attribute;
  int index;
};
struct Kernel {
  string name, callee;
  std::vector<Parameter> parameters;
};

class Translator {
 public:
  Translator(const string& text, const string& file, Pass pass) : t_(tokenise(text)), file_(file), pass_(pass) {}

  string run() {
    for (size_t i = 0; i < t_.size(); i++) {
      Token& t = t_[i];
      if (t.kind == Token::Number) halfLiteral(t);
      if (t.kind != Token::Name) continue;
      auto refused = kRefused.find(t.text);
      if (refused != kRefused.end()) fail(file_, t.line, "'" + t.text + "': " + refused->second);
      if ((t.text == "struct" || t.text == "class") && derives(i)) fail(file_, t.line, "MSL has no derived classes");
      if (t.text == "static" && declaresState(i)) fail(file_, t.line, "'static': MSL has no static variables");
      if (t.text == "kernel") i = definition(i);
      else if (t.text == "template" && is(next(i), "[[")) i = instantiation(i);
      else if (t.text == "threadgroup" && declaresVariable(i))
        fail(file_, t.line, "a threadgroup variable is declared at the top of a kernel's body, nowhere else");
    }
    string out = "#include <metal_stdlib>\n#line 1 \"" + file_ + "\"\n";
    for (const Token& t : t_) out += t.text;
    if (pass_ == Pass::Run) out += entries();
    return out;
  }

 private:
  std::vector<Token> t_;
  string file_;
  Pass pass_;
  std::map<string, std::vector<Parameter>> definitions_;
  std::vector<Kernel> kernels_;
  int variables_ = 0;

  bool is(size_t i, const char* text) const { return i < t_.size() && t_[i].text == text; }
  size_t next(size_t i) const {
    do i++;
    while (i < t_.size() && (t_[i].kind == Token::Space || t_[i].kind == Token::Marker));
    return i;
  }
  /** Whether the struct at `i` names a base. */
  bool derives(size_t i) const {
    for (i = next(i); i < t_.size() && !is(i, "{") && !is(i, ";") && !is(i, "("); i = next(i))
      if (is(i, ":")) return true;
    return false;
  }
  size_t previous(size_t i) const {
    while (i-- > 0)
      if (t_[i].kind != Token::Space && t_[i].kind != Token::Marker) return i;
    return t_.size();
  }
  /** The token that closes the one at `i`. `[[` counts as two. */
  size_t closing(size_t i) const {
    int depth = 0;
    for (size_t k = i; k < t_.size(); k++) {
      const string& s = t_[k].text;
      if (t_[k].kind != Token::Sign) continue;
      if (s == "(" || s == "{" || s == "[") depth++;
      if (s == "[[") depth += 2;
      if (s == ")" || s == "}" || s == "]") depth--;
      if (s == "]]") depth -= 2;
      if (depth == 0) return k;
    }
    fail(file_, t_[i].line, "unbalanced '" + t_[i].text + "'");
  }
  size_t closingAngle(size_t i) const {
    int depth = 0;
    for (size_t k = i; k < t_.size(); k++) {
      if (is(k, "<")) depth++;
      if (is(k, ">") && --depth == 0) return k;
    }
    fail(file_, t_[i].line, "unbalanced '<'");
  }
  string text(size_t from, size_t end) const {
    string s;
    for (size_t k = from; k < end; k++)
      if (t_[k].kind != Token::Marker) s += t_[k].kind == Token::Space ? " " : t_[k].text;
    size_t a = s.find_first_not_of(' '), b = s.find_last_not_of(' ');
    return a == string::npos ? "" : s.substr(a, b - a + 1);
  }
  /** Erases tokens but not their line breaks. */
  void blank(size_t from, size_t end) {
    for (size_t k = from; k < end; k++)
      if (t_[k].kind != Token::Space && t_[k].kind != Token::Marker) t_[k].text = " ";
  }

  static void halfLiteral(Token& t) {
    char last = t.text.back();
    bool hex = t.text.size() > 1 && (t.text[1] == 'x' || t.text[1] == 'X');
    if ((last == 'h' || last == 'H') && !hex) t.text = t.text.substr(0, t.text.size() - 1) + "_h_";
  }

  /** `static float x;`, but neither a function nor a constant */
  bool declaresState(size_t i) const {
    for (size_t k = i; k < t_.size() && !is(k, "("); k++) {
      if (is(k, "constant") || is(k, "constexpr")) return false;
      if (is(k, ";") || is(k, "=")) return true;
    }
    return false;
  }
  bool declaresVariable(size_t i) const {
    size_t before = previous(i);
    if (before < t_.size() && !is(before, ";") && !is(before, "{") && !is(before, "}")) return false;
    for (size_t k = i; k < t_.size() && !is(k, ";") && !is(k, "["); k++)
      if (is(k, "*") || is(k, "&") || is(k, "(")) return false;
    return true;
  }

  /** `kernel void name(parameters) { body }`. @returns the last token looked at */
  size_t definition(size_t i) {
    size_t type = next(i), name = next(type), open = next(name);
    if (!is(type, "void")) fail(file_, t_[i].line, "a kernel returns void");
    if (!is(open, "(")) fail(file_, t_[i].line, "expected 'kernel void name('");
    size_t close = closing(open), body = next(close);
    if (!is(body, "{")) fail(file_, t_[i].line, "expected the body of kernel " + t_[name].text);
    std::vector<Parameter> list = parameters(open, close);
    definitions_[t_[name].text] = list;
    bool isTemplate = is(previous(i), ">");
    if (!isTemplate) kernels_.push_back({t_[name].text, t_[name].text, list});
    blank(i, i + 1);
    threadgroupVariables(body, closing(body));
    return name;  // parameters and body are walked like the rest: literals, refused names
  }

  std::vector<Parameter> parameters(size_t open, size_t close) {
    std::vector<Parameter> out;
    std::set<int> used;
    string grid;  // the type of grid attributes
    size_t from = open + 1;
    int depth = 0;
    for (size_t k = open + 1; k <= close; k++) {
      const string& s = t_[k].text;
      if (s == "(" || s == "<" || s == "[" || s == "[[") depth++;
      if (k < close && (s == ")" || s == ">" || s == "]" || s == "]]")) depth--;
      if (k == close || (s == "," && depth == 0)) {
        if (!text(from, k).empty()) out.push_back(parameter(from, k, used, grid));
        from = k + 1;
      }
    }
    return out;
  }

  Parameter parameter(size_t from, size_t end, std::set<int>& used, string& grid) {
    int line = t_[next(from - 1)].line;
    string whole = text(from, end);
    size_t open = from;
    while (open < end && !is(open, "[[")) open++;
    if (open == end) fail(file_, line, "a kernel parameter needs an attribute: " + whole);
    bool pointer = false, reference = false, device = false, threadgroup = false;
    for (size_t k = from; k < open; k++) {
      pointer |= is(k, "*");
      reference |= is(k, "&");
      device |= is(k, "device") || is(k, "constant");
      threadgroup |= is(k, "threadgroup");
    }
    size_t name = next(open);
    Parameter p{t_[name].text, -1};
    if (is(next(name), "(")) p.index = atoi(t_[next(next(name))].text.c_str());
    if (p.attribute == "buffer") {
      if (p.index < 0 || p.index > 30) fail(file_, line, "a buffer index is 0 to 30: " + whole);
      if (!used.insert(p.index).second)
        fail(file_, line, "buffer index " + std::to_string(p.index) + " is used twice: " + whole);
      if (!pointer && !reference) fail(file_, line, "a buffer is a pointer or a reference: " + whole);
      if (!device) fail(file_, line, "a buffer is in the device or the constant address space: " + whole);
    } else if (p.attribute == "threadgroup") {
      if (!threadgroup || !pointer) fail(file_, line, "[[threadgroup(n)]] is a threadgroup pointer: " + whole);
    } else if (!kLaneAttributes.count(p.attribute)) {
      fail(file_, line, "unknown attribute [[" + p.attribute + "]]: " + whole);
    } else if (kGridAttributes.count(p.attribute)) {
      string type = text(from, previous(open));
      if (!grid.empty() && type != grid) fail(file_, line, "positions and sizes of one kernel have one type, here " + grid + ": " + whole);
      grid = type;
    }
    blank(open, closing(open) + 1);
    return p;
  }

  /** `threadgroup T name[a][b];` at the top of a body becomes memory that the runner owns, checks and poisons. */
  void threadgroupVariables(size_t open, size_t close) {
    int depth = 0;
    for (size_t k = open; k < close; k++) {
      if (t_[k].kind == Token::Sign && t_[k].text == "{") depth++;
      if (t_[k].kind == Token::Sign && t_[k].text == "}") depth--;
      if (!is(k, "threadgroup") || !declaresVariable(k)) continue;
      int line = t_[k].line;
      if (depth != 1) fail(file_, line, "a threadgroup variable is declared at the top of a kernel's body");
      size_t end = k, bracket = 0;
      for (; !is(end, ";"); end++) {
        if (is(end, "=")) fail(file_, line, "a threadgroup variable has no initial value");
        if (is(end, ",")) fail(file_, line, "one threadgroup variable a line");
        if (is(end, "[") && !bracket) bracket = end;
      }
      size_t name = previous(bracket ? bracket : end);
      string dims = bracket ? text(bracket, end) : "";
      string made = "MSL_THREADGROUP_VARIABLE(MSL_TYPE(" + text(k + 1, name) + "), " + t_[name].text + ", " + dims +
                    ", " + std::to_string(variables_++) + ")";
      blank(k, end);
      t_[k].text = made;
      k = end;
    }
  }

  /** `template [[host_name("n")]] [[kernel]] decltype(f<A>) f<A>;` */
  size_t instantiation(size_t i) {
    string host;
    size_t k = next(i);
    while (is(k, "[[")) {
      size_t end = closing(k);
      for (size_t q = k; q < end; q++)
        if (t_[q].kind == Token::Text) host += t_[q].text.substr(1, t_[q].text.size() - 2);
      blank(k, end + 1);
      k = next(end);
    }
    if (host.empty()) fail(file_, t_[i].line, "an instantiated kernel needs [[host_name(\"...\")]]");
    if (!is(k, "decltype")) fail(file_, t_[i].line, "expected decltype(kernel<...>) kernel<...>; after the attributes");
    size_t name = next(closing(next(k))), angle = next(name), end = closingAngle(angle);
    auto found = definitions_.find(t_[name].text);
    if (found == definitions_.end()) fail(file_, t_[i].line, "no kernel template " + t_[name].text + " above this line");
    kernels_.push_back({host, text(name, end + 1), found->second});
    if (pass_ == Pass::Run) blank(i, next(end) + 1);  // the entry instantiates it
    return end;
  }

  /** One C function a kernel, and the table `msl_kernels` that the runner looks up. */
  string entries() const {
    string out = "\n#line 1 \"entries\"\n#undef constant\n#undef device\n#undef threadgroup\n", table;
    int id = 0;
    for (const Kernel& k : kernels_) {
      string f = "msl_entry_" + std::to_string(id++), call, list;
      out += "using " + f + "_type = msl::Signature<decltype(static_cast<decltype(&" + k.callee + ")>(&" + k.callee +
             "))>;\n";
      for (size_t i = 0; i < k.parameters.size(); i++) {
        const Parameter& p = k.parameters[i];
        string type = f + "_type::At<" + std::to_string(i) + ">", index = std::to_string(p.index);
        bool buffer = p.attribute == "buffer", group = p.attribute == "threadgroup";
        if (i) call += ", ";
        call += buffer || group ? "msl::Bound<" + type + ">::get(a->" + (group ? "threadgroup[" : "buffer[") + index + "])"
                                : "msl::laneValue<" + type + ">(l->" + p.attribute + ")";
        if (buffer) list += "msl::bufferParameter<" + type + ">(" + index + "), ";
        if (group) list += "{MSL_THREADGROUP, " + index + ", 1, 0}, ";
      }
      out += "static void " + f + "(const msl_arguments* a, const msl_lane* l) { " + k.callee + "(" + call + "); }\n";
      out += "static const msl_parameter " + f + "_parameters[] = {" + list + "{MSL_END, 0, 0, 0}};\n";
      table += "{\"" + k.name + "\", " + f + ", " + f + "_parameters}, ";
    }
    return out + "extern \"C\" __attribute__((visibility(\"default\"))) const msl_kernel msl_kernels[] = {" + table +
           "{nullptr, nullptr, nullptr}};\n";
  }
};

}  // namespace

string translate(const string& text, const string& file, Pass pass) { return Translator(text, file, pass).run(); }

}  // namespace rig
