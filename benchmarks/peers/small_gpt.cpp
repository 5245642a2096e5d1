// The small GPT on a tape of scalars, as it would be written for it: an arena of nodes that know their parents' indices.
// Compiled with -O3 -march=native and called by gpt_in_cpp.py.
#include <cmath>
#include <vector>

struct Node {
    double data, grad, by_left, by_right;
    int left, right;
};

static std::vector<Node> arena;

static int node(double data, int left = -1, double by_left = 0.0, int right = -1, double by_right = 0.0) {
    arena.push_back({data, 0.0, by_left, by_right, left, right});
    return (int)arena.size() - 1;
}
static double at(int x) { return arena[x].data; }
static int add(int x, int y) { return node(at(x) + at(y), x, 1.0, y, 1.0); }
static int mul(int x, int y) { return node(at(x) * at(y), x, at(y), y, at(x)); }
static int scaled(int x, double by) { return node(at(x) * by, x, by); }
static int power(int x, double k) { return node(std::pow(at(x), k), x, k * std::pow(at(x), k - 1)); }
static int exponential(int x) { return node(std::exp(at(x)), x, std::exp(at(x))); }
static int logarithm(int x) { return node(std::log(at(x)), x, 1 / at(x)); }
static int relu(int x) { return node(at(x) > 0 ? at(x) : 0.0, x, at(x) > 0); }

using Nodes = std::vector<int>;

static int dot(const int *x, const int *y, int n) {
    int total = mul(x[0], y[0]);
    for (int k = 1; k < n; k++) total = add(total, mul(x[k], y[k]));
    return total;
}
static int sum(const Nodes &x) {
    int total = x[0];
    for (size_t k = 1; k < x.size(); k++) total = add(total, x[k]);
    return total;
}
static Nodes times(int matrix, int lines, const Nodes &x) { // the matrix's numbers are nodes, one after another
    Nodes z(lines), w(x.size());
    for (int i = 0; i < lines; i++) {
        for (size_t k = 0; k < x.size(); k++) w[k] = matrix + i * (int)x.size() + (int)k;
        z[i] = dot(w.data(), x.data(), (int)x.size());
    }
    return z;
}
static Nodes added(const Nodes &x, const Nodes &y) {
    Nodes z(x.size());
    for (size_t k = 0; k < x.size(); k++) z[k] = add(x[k], y[k]);
    return z;
}
static Nodes norm(const Nodes &x) {
    const int square = scaled(dot(x.data(), x.data(), (int)x.size()), 1.0 / x.size());
    const int scale = power(node(at(square) + 1e-5, square, 1.0), -0.5);
    Nodes z(x.size());
    for (size_t k = 0; k < x.size(); k++) z[k] = mul(x[k], scale);
    return z;
}

constexpr int LETTERS = 27, WIDTH = 16, HEADS = 4, PART = WIDTH / HEADS, PLACES = 16;
constexpr int SQUARE = WIDTH * WIDTH, PLACE = LETTERS * WIDTH, Q = PLACE + PLACES * WIDTH, K = Q + SQUARE, V = K + SQUARE;
constexpr int O = V + SQUARE, UP = O + SQUARE, DOWN = UP + 4 * SQUARE, HEAD = DOWN + 4 * SQUARE;
constexpr int WEIGHTS = HEAD + LETTERS * WIDTH;

static int loss_of(const Nodes &letters) {
    std::vector<Nodes> keys, values;
    Nodes parts;
    for (size_t place = 0; place + 1 < letters.size(); place++) {
        Nodes x(WIDTH), joined(WIDTH);
        for (int k = 0; k < WIDTH; k++) x[k] = add(letters[place] * WIDTH + k, PLACE + (int)place * WIDTH + k);
        x = norm(x);
        const Nodes s = norm(x), q = times(Q, WIDTH, s);
        keys.push_back(times(K, WIDTH, s));
        values.push_back(times(V, WIDTH, s));
        for (int start = 0; start < WIDTH; start += PART) {
            Nodes powers;
            for (const Nodes &key : keys)
                powers.push_back(exponential(scaled(dot(&q[start], &key[start], PART), 1 / std::sqrt((double)PART))));
            const int one_over = power(sum(powers), -1.0);
            for (int &each : powers) each = mul(each, one_over);
            for (int k = start; k < start + PART; k++) {
                Nodes column;
                for (const Nodes &value : values) column.push_back(value[k]);
                joined[k] = dot(powers.data(), column.data(), (int)column.size());
            }
        }
        x = added(x, times(O, WIDTH, joined));
        Nodes hidden = times(UP, 4 * WIDTH, norm(x));
        for (int &each : hidden) each = relu(each);
        x = added(x, times(DOWN, WIDTH, hidden));
        const Nodes said = times(HEAD, LETTERS, x);
        Nodes powers;
        for (int each : said) powers.push_back(exponential(each));
        parts.push_back(add(logarithm(sum(powers)), scaled(said[letters[place + 1]], -1.0)));
    }
    return scaled(sum(parts), 1.0 / parts.size());
}

static void backward(int root) {
    arena[root].grad = 1.0;
    for (int i = root; i >= WEIGHTS; i--) {
        const Node &z = arena[i];
        if (z.left >= 0) arena[z.left].grad += z.by_left * z.grad;
        if (z.right >= 0) arena[z.right].grad += z.by_right * z.grad;
    }
}

// Adam, name by name. A line of `letters` is as wide as the longest name; its length counts both ends.
extern "C" void train(const int *letters, const int *lengths, int names, int longest, double *w, double *losses) {
    std::vector<double> m(WEIGHTS), v(WEIGHTS);
    for (int step = 1; step <= names; step++) {
        const int *name = letters + (step - 1) * longest;
        arena.clear();
        for (int i = 0; i < WEIGHTS; i++) node(w[i]);
        const int loss = loss_of(Nodes(name, name + lengths[step - 1]));
        backward(loss);
        losses[step - 1] = at(loss);
        const double rate = 0.01 * (1 - (step - 1.0) / names) / (1 - std::pow(0.85, step));
        const double over = 1 / (1 - std::pow(0.99, step));
        for (int i = 0; i < WEIGHTS; i++) {
            const double g = arena[i].grad;
            m[i] += 0.15 * (g - m[i]);
            v[i] += 0.01 * (g * g - v[i]);
            w[i] -= rate * m[i] / (std::sqrt(v[i] * over) + 1e-8);
        }
    }
}
