/* The load client: many viewers and one publisher in one epoll loop.
 *
 * It parses no frames. Every event carries a number, written as "@n" and nine digits, and
 * with anything that a server puts around it, each viewer's stream of bytes has to show the numbers
 * one after the other; so order, gaps and duplicates are checked for every viewer of every
 * server with the same code, at a cost that stays far below what the servers need to send.
 *
 * What it sends when it connects is given by its options, so it can use WebSocket, NATS and
 * plain TCP alike.
 *
 *     load flow    [--viewers N] [--rate R | --window W] ...   publish, and watch what arrives
 *     load history --until N ...                               connect all, read up to event N
 *     load idle ...                                            connect all, and stay
 *     load reconnect --until N --spread S ...                  connect all, write "connected" to
 *         stderr, and connect each again within S seconds after the server has closed it
 *
 * Prints one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MARK_BYTES = 11,         /* "@n" and nine digits */
    MAX_MESSAGES = 8,
    MAX_PIDS = 8,
    MAX_PORTS = 8,
    READ_BYTES = 1 << 18,
    CARRY_BYTES = 512,       /* what may be left over between two reads */
    AT_ONCE = 64,            /* handshakes under way: more overflow a backlog of 100, and then
                                the time is that of TCP's retries */
    SAMPLES = 1 << 22,
};

static const uint64_t SECOND = 1000000000ull;

/* How one kind of client talks. */
typedef struct {
    const char *request;          /* HTTP upgrade, or nothing */
    const char *message[MAX_MESSAGES]; /* then these */
    int messages;
    const char *ready;            /* what the server answers when the client is served */
    bool is_framed;               /* messages are WebSocket text frames */
    int port[MAX_PORTS];          /* of several servers, which clients take in turn */
    int ports;
} Talk;

typedef enum { UNUSED, CONNECTING, UPGRADING, GREETING, READY, DONE, CLOSED } State;

typedef struct {
    int fd;
    int index;
    State state;
    const Talk *talk;
    uint32_t next;                /* number of the event that has to come now */
    uint32_t skip;                /* bytes that hold no marker, because one was just before */
    uint32_t left;                /* bytes in carry */
    bool is_stalled;
    uint64_t bytes, began, ended;
    uint64_t again;               /* when it connects again after a close */
    bool is_back;
    char carry[CARRY_BYTES];
} Client;

static struct {
    const char *mode;
    Talk viewer, publisher;
    const char *before, *between, *after, *event;
    int viewers, batch, window, stalled, pids;
    int pid[MAX_PIDS];
    uint32_t until, first, events;
    uint32_t skip;
    double rate, warm_s, for_s, patience_s, stall_at_s, stall_for_s, spread_s;
} opt = {
    .before = "", .between = "", .after = "", .event = "",
    .viewers = 1, .batch = 1, .window = 256, .first = 1, .skip = 100,
    .warm_s = 0.5, .for_s = 2, .patience_s = 20,
};

static Client *clients, publisher;
static int epoll_fd;
static int under_way, ready, done, closed;
static bool comes_back;           /* viewers that connect now have been closed before */
static uint64_t gaps, duplicates, deliveries, total_bytes;
static uint32_t *samples;
static size_t sample_count;

/* The publisher's side. */
static uint32_t sent;             /* number of the last event handed to the socket */
static uint64_t open_since;       /* when event opt.first is due, in an open loop */
static uint64_t sample_from;      /* events due before are not part of the measurement */
static char *out;
static size_t out_size, out_begin, out_end;

static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static double cpu_of(int pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    unsigned long user = 0, system = 0;
    char *rest = strrchr(text, ')'); /* a program's name may hold spaces */
    if (rest)
        sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Processor time of the servers, which is the figure that other load disturbs least. */
static double server_cpu(void)
{
    double total = 0;
    for (int i = 0; i < opt.pids; i++)
        total += cpu_of(opt.pid[i]);
    return total;
}

static double own_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Print what each server has used since `before`. */
static void print_each_cpu(const double *before)
{
    printf("\"each_cpu_s\": [");
    for (int i = 0; i < opt.pids; i++)
        printf("%s%.3f", i ? ", " : "", cpu_of(opt.pid[i]) - before[i]);
    printf("], ");
}

static long memory_kib(int pid)
{
    char path[64], line[256];
    long found = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &found) == 1)
            break;
    if (file)
        fclose(file);
    return found;
}

/* Writing. */

/* Put the header of a masked text frame; the key is zero, so that the payload stays as it is. */
static size_t put_header(char *to, size_t length)
{
    unsigned char *p = (unsigned char *)to;
    *p++ = 0x81;
    if (length < 126) {
        *p++ = (unsigned char)(0x80 | length);
    } else if (length < 65536) {
        *p++ = 0x80 | 126;
        *p++ = (unsigned char)(length >> 8);
        *p++ = (unsigned char)length;
    } else {
        *p++ = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            *p++ = (unsigned char)(length >> shift);
    }
    memset(p, 0, 4);
    return (size_t)((char *)p + 4 - to);
}

/* Send all of it at once: these are the few bytes of a greeting. */
static void send_all(Client *c, const char *data, size_t size)
{
    while (size) {
        ssize_t n = send(c->fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return; /* the next read reports it */
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
}

/* Replace %I by the client's number, so that each can request a separate address. */
static char *with_index(const char *text, int index)
{
    char *copy = strdup(text), *at = copy;
    while ((at = strstr(at, "%I"))) {
        char digits[8];
        size_t begin = (size_t)(at - copy);
        snprintf(digits, sizeof digits, "%06d", index % 1000000);
        char *longer = malloc(strlen(copy) + 5);
        memcpy(longer, copy, begin);
        strcpy(longer + begin, digits);
        strcat(longer, at + 2);
        free(copy);
        copy = longer;
        at = copy + begin + 6;
    }
    return copy;
}

static void greet(Client *c)
{
    for (int i = 0; i < c->talk->messages; i++) {
        char header[16], *text = with_index(c->talk->message[i], c->index);
        if (c->talk->is_framed)
            send_all(c, header, put_header(header, strlen(text)));
        send_all(c, text, strlen(text));
        free(text);
    }
}

/* Put one message with the next events of the publisher into what is to be sent. */
static void put_message(void)
{
    size_t event_size = strlen(opt.event), between = strlen(opt.between);
    char before[1024];
    const char *number = strstr(opt.before, "%N");
    if (number)
        snprintf(before, sizeof before, "%.*s%u%s", (int)(number - opt.before), opt.before,
                 sent + 1, number + 2);
    else
        snprintf(before, sizeof before, "%s", opt.before);
    size_t size = strlen(before) + event_size * (size_t)opt.batch +
                  between * (size_t)(opt.batch - 1) + strlen(opt.after);
    if (out_end + size + 16 > out_size) {
        memmove(out, out + out_begin, out_end - out_begin);
        out_end -= out_begin;
        out_begin = 0;
        while (out_end + size + 16 > out_size)
            out = realloc(out, out_size = out_size ? out_size * 2 : 1 << 20);
    }
    char *p = out + out_end;
    if (opt.publisher.is_framed)
        p += put_header(p, size);
    p = stpcpy(p, before);
    for (int i = 0; i < opt.batch; i++) {
        if (i)
            p = stpcpy(p, opt.between);
        memcpy(p, opt.event, event_size);
        char *digit = strstr(opt.event, "@n") - opt.event + p + MARK_BYTES;
        uint32_t n = ++sent;
        for (int k = 0; k < 9; k++, n /= 10)
            *--digit = (char)('0' + n % 10);
        p += event_size;
    }
    p = stpcpy(p, opt.after);
    out_end = (size_t)(p - out);
}

static void flush_out(void)
{
    while (out_begin < out_end && publisher.state == READY) {
        ssize_t n = send(publisher.fd, out + out_begin, out_end - out_begin, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN)
                publisher.state = CLOSED;
            return;
        }
        out_begin += (size_t)n;
    }
    out_begin = out_end = 0;
}

/* Connecting. */

static void watch(Client *c, int op, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(epoll_fd, op, c->fd, &event);
}

static void start(Client *c, const Talk *talk, int index)
{
    int port = talk->ports ? talk->port[index % talk->ports] : 0;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *c = (Client){.talk = talk, .index = index, .state = CONNECTING, .next = opt.first,
                  .began = now_ns(), .is_back = comes_back};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        die("no socket: %s", strerror(errno));
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    under_way++;
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
        die("cannot connect to port %d: %s", port, strerror(errno));
    watch(c, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void become_ready(Client *c)
{
    c->state = READY;
    c->ended = now_ns();
    under_way--;
    ready++;
}

static void connected(Client *c)
{
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
    if (*c->talk->request) {
        char *request = with_index(c->talk->request, c->index);
        send_all(c, request, strlen(request));
        free(request);
        c->state = UPGRADING;
        return;
    }
    greet(c);
    c->state = GREETING;
    if (!*c->talk->ready)
        become_ready(c);
}

static void lose(Client *c)
{
    if (c->state == CLOSED)
        return;
    if (c->state < READY)
        under_way--;
    c->state = CLOSED;
    c->ended = now_ns();
    closed++;
    close(c->fd);
}

/* Reading. */

/* Look at the numbers in what a viewer got; return how many bytes at the end are to be seen again. */
static size_t scan(Client *c, const char *data, size_t size, uint64_t now)
{
    const char *p = data, *end = data + size;
    for (;;) {
        if (c->skip) {
            size_t step = (size_t)(end - p) < c->skip ? (size_t)(end - p) : c->skip;
            p += step;
            c->skip -= (uint32_t)step;
            if (c->skip)
                return 0;
        }
        p = memchr(p, '@', (size_t)(end - p));
        if (!p)
            return 0;
        if (end - p < MARK_BYTES)
            return (size_t)(end - p);
        uint32_t n = 0;
        bool is_mark = p[1] == 'n';
        for (int i = 2; i < MARK_BYTES; i++) {
            unsigned digit = (unsigned)(p[i] - '0');
            is_mark &= digit < 10;
            n = n * 10 + digit;
        }
        if (!is_mark) {
            p++;
            continue;
        }
        if (n == c->next) {
            c->next++;
        } else if (n < c->next) {
            duplicates++; /* or out of order, which comes with a gap */
        } else {
            gaps++;
            c->next = n + 1;
        }
        deliveries++;
        if (opt.rate > 0) {
            uint64_t due = open_since + (uint64_t)((n - opt.first) * (1e9 / opt.rate));
            if (due >= sample_from && sample_from && sample_count < SAMPLES && !c->is_stalled)
                samples[sample_count++] = now > due ? (uint32_t)((now - due) / 1000) : 0;
        }
        p += MARK_BYTES;
        c->skip = opt.skip;
    }
}

static char *find(char *data, size_t size, const char *what)
{
    return memmem(data, size, what, strlen(what));
}

/* Take what came; a server's greeting is looked for in it as long as it is awaited. */
static void take(Client *c)
{
    static char buffer[CARRY_BYTES + READ_BYTES];
    char *data = buffer + CARRY_BYTES;
    ssize_t n = recv(c->fd, data, READ_BYTES, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            lose(c);
        return;
    }
    c->bytes += (uint64_t)n;
    total_bytes += (uint64_t)n;
    size_t size = (size_t)n + c->left;
    data -= c->left;
    memcpy(data, c->carry, c->left);
    c->left = 0;
    if (c->state == UPGRADING) {
        char *head_end = find(data, size, "\r\n\r\n");
        if (head_end) {
            if (!find(data, (size_t)(head_end - data), " 101 "))
                die("the upgrade was refused: %.*s", (int)(head_end - data), data);
            greet(c);
            c->state = GREETING;
            size -= (size_t)(head_end + 4 - data);
            data = head_end + 4;
            if (!*c->talk->ready)
                become_ready(c);
        }
    }
    if (c->state == GREETING && find(data, size, c->talk->ready))
        become_ready(c);
    if (c->state == GREETING || c->state == UPGRADING) {
        c->left = size < CARRY_BYTES ? (uint32_t)size : CARRY_BYTES;
        memcpy(c->carry, data + size - c->left, c->left);
        return;
    }
    if (c == &publisher)
        return;
    size_t left = scan(c, data, size, now_ns());
    c->left = (uint32_t)left;
    memcpy(c->carry, data + size - left, left);
    if (opt.until && c->state == READY && c->next > opt.until) {
        c->state = DONE;
        c->ended = now_ns();
        done++;
    }
}

static void turn(uint64_t most_ns)
{
    static struct epoll_event events[1024];
    struct timespec timeout = {.tv_sec = (time_t)(most_ns / SECOND),
                               .tv_nsec = (long)(most_ns % SECOND)};
    int count = epoll_pwait2(epoll_fd, events, 1024, &timeout, NULL);
    for (int i = 0; i < count; i++) {
        Client *c = events[i].data.ptr;
        if (c->state == CLOSED)
            continue;
        if (c->state == CONNECTING) {
            int error = 0;
            socklen_t size = sizeof error;
            getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
            if (error)
                die("cannot connect: %s", strerror(error));
            connected(c);
        } else if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
            take(c);
        }
        if (c == &publisher && (events[i].events & EPOLLOUT))
            watch(c, EPOLL_CTL_MOD, EPOLLIN);
    }
}

static void connect_viewers(uint64_t deadline)
{
    int next = 0;
    while (ready + closed < opt.viewers) {
        while (next < opt.viewers && under_way < AT_ONCE) {
            start(&clients[next], &opt.viewer, next);
            next++;
        }
        turn(SECOND / 10);
        if (now_ns() > deadline)
            die("only %d of %d viewers were served", ready, opt.viewers);
    }
    if (closed)
        die("%d of %d viewers were closed", closed, opt.viewers);
}

static void connect_publisher(uint64_t deadline)
{
    start(&publisher, &opt.publisher, opt.viewers);
    while (publisher.state < READY) {
        turn(SECOND / 10);
        if (now_ns() > deadline || publisher.state == CLOSED)
            die("the publisher was not served");
    }
}

/* What the slowest viewer has, of those that read. */
static uint32_t slowest(void)
{
    uint32_t least = UINT32_MAX;
    for (int i = opt.stalled; i < opt.viewers; i++)
        if (clients[i].state != CLOSED && clients[i].next < least)
            least = clients[i].next;
    return least == UINT32_MAX ? sent : least - 1;
}

/* Publish what may be published now; return how long nothing more may, in an open loop. */
static uint64_t publish(uint64_t now)
{
    uint64_t wait = SECOND / 20;
    uint32_t last = opt.events ? opt.first + opt.events - 1 : UINT32_MAX;
    if (opt.rate > 0) {
        for (;;) {
            uint64_t due =
                open_since + (uint64_t)((sent + (uint32_t)opt.batch - opt.first) * (1e9 / opt.rate));
            if (sent >= last || publisher.state == CLOSED)
                break;
            if (due > now) {
                wait = due - now < wait ? due - now : wait;
                break;
            }
            put_message();
        }
    } else {
        uint32_t got = slowest();
        while (sent < last && sent + (uint32_t)opt.batch - got <= (uint32_t)opt.window)
            put_message();
    }
    flush_out();
    if (out_begin < out_end)
        watch(&publisher, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    return wait;
}

static void run_until(uint64_t end)
{
    for (uint64_t now = now_ns(); now < end; now = now_ns()) {
        uint64_t wait = publish(now);
        turn(wait < end - now ? wait : end - now);
        if (opt.events && sent >= opt.first + opt.events - 1 && slowest() >= sent)
            return;
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile(double share)
{
    return sample_count ? samples[(size_t)(share * (double)(sample_count - 1))] / 1000.0 : -1;
}

/* How many deliveries the viewers had that read all the time. */
static uint64_t delivered_to_others(void)
{
    uint64_t sum = 0;
    for (int i = opt.stalled; i < opt.viewers; i++)
        sum += clients[i].next - opt.first;
    return sum;
}

static void print_memory(const char *name)
{
    long sum = 0;
    for (int i = 0; i < opt.pids; i++)
        sum += memory_kib(opt.pid[i]);
    printf("\"%s\": %ld, ", name, sum);
}

/* One viewer or several stop reading, and continue later. */
static void stall(uint64_t began)
{
    run_until(began + (uint64_t)(opt.stall_at_s * 1e9));
    uint64_t before = delivered_to_others(), from = now_ns();
    long memory = opt.pids ? memory_kib(opt.pid[0]) : 0, most = memory;
    uint32_t sent_before = sent;
    for (int i = 0; i < opt.stalled; i++) {
        clients[i].is_stalled = true;
        watch(&clients[i], EPOLL_CTL_DEL, 0);
    }
    uint64_t end = from + (uint64_t)(opt.stall_for_s * 1e9);
    while (now_ns() < end) {
        uint64_t step = now_ns() + SECOND / 10;
        run_until(step < end ? step : end);
        long kib = opt.pids ? memory_kib(opt.pid[0]) : 0;
        most = kib > most ? kib : most;
    }
    double seconds = (double)(now_ns() - from) / 1e9;
    int others = opt.viewers - opt.stalled;
    printf("\"before_per_s\": %.1f, ", (double)before / opt.stall_at_s / others);
    printf("\"during_per_s\": %.1f, ",
           (double)(delivered_to_others() - before) / seconds / others);
    printf("\"published_per_s\": %.1f, ", (double)(sent - sent_before) / seconds);
    printf("\"grown_kib\": %ld, ", most - memory);
    for (int i = 0; i < opt.stalled; i++)
        watch(&clients[i], EPOLL_CTL_ADD, EPOLLIN);
}

static void flow(void)
{
    uint64_t deadline = now_ns() + (uint64_t)(opt.patience_s * 1e9);
    connect_viewers(deadline);
    connect_publisher(deadline);
    sent = opt.first - 1;
    uint64_t began = now_ns();
    open_since = began;
    if (opt.stalled) {
        stall(began);
    } else {
        run_until(began + (uint64_t)(opt.warm_s * 1e9));
        double cpu = server_cpu(), own = own_cpu(), each[MAX_PIDS];
        for (int i = 0; i < opt.pids; i++)
            each[i] = cpu_of(opt.pid[i]);
        uint64_t from = sample_from = now_ns(), had = deliveries, bytes = total_bytes;
        uint64_t events = delivered_to_others();
        run_until(from + (uint64_t)(opt.for_s * 1e9));
        double seconds = (double)(now_ns() - from) / 1e9;
        printf("\"seconds\": %.6f, \"deliveries\": %lu, \"events\": %.1f, \"bytes\": %lu, ",
               seconds, deliveries - had,
               (double)(delivered_to_others() - events) / opt.viewers, total_bytes - bytes);
        printf("\"server_cpu_s\": %.3f, \"client_cpu_s\": %.3f, ", server_cpu() - cpu,
               own_cpu() - own);
        print_each_cpu(each);
        opt.events = sent - opt.first + 1; /* no more; what is under way has to arrive */
    }
    opt.events = sent - opt.first + 1;
    uint64_t end = now_ns() + (uint64_t)(opt.patience_s * 1e9);
    uint64_t drained = now_ns();
    for (;;) {
        uint32_t least = UINT32_MAX;
        for (int i = 0; i < opt.viewers; i++)
            if (clients[i].state != CLOSED && clients[i].next < least)
                least = clients[i].next;
        if (least > sent || now_ns() > end)
            break;
        flush_out();
        turn(SECOND / 100);
    }
    uint64_t missing = 0;
    int incomplete = 0;
    for (int i = 0; i < opt.viewers; i++) {
        missing += sent + 1 - clients[i].next;
        incomplete += clients[i].next != sent + 1;
    }
    qsort(samples, sample_count, sizeof *samples, by_size);
    printf("\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"samples\": %zu, ", percentile(0.5),
           percentile(0.99), sample_count);
    printf("\"drain_s\": %.3f, \"sent\": %u, ", (double)(now_ns() - drained) / 1e9,
           sent - opt.first + 1);
    printf("\"missing\": %lu, \"incomplete\": %d, ", missing, incomplete);
    print_memory("after_kib");
}

static void history(void)
{
    double cpu = server_cpu(), own = own_cpu();
    uint64_t began = now_ns(), deadline = began + (uint64_t)(opt.patience_s * 1e9);
    uint64_t all_open = 0;
    int next = 0, wanted = opt.viewers;
    while ((opt.until ? done : ready) + closed < wanted && now_ns() < deadline) {
        while (next < wanted && under_way < AT_ONCE)
            start(&clients[next], &opt.viewer, next), next++;
        turn(SECOND / 10);
        if (!all_open && ready + closed == wanted)
            all_open = now_ns();
    }
    uint64_t ended = now_ns();
    double seconds = (double)(ended - began) / 1e9;
    /* On the clock of all processes, to compare with what others published. */
    printf("\"ended_at\": %.6f, ", (double)ended / 1e9);
    printf("\"seconds\": %.6f, \"open_s\": %.6f, \"complete\": %d, \"bytes\": %lu, ", seconds,
           all_open ? (double)(all_open - began) / 1e9 : -1, opt.until ? done : ready,
           total_bytes);
    printf("\"server_cpu_s\": %.3f, \"client_cpu_s\": %.3f, ", server_cpu() - cpu,
           own_cpu() - own);
    print_memory("after_kib");
}

static void idle(void)
{
    print_memory("before_kib");
    connect_viewers(now_ns() + (uint64_t)(opt.patience_s * 1e9));
    /* What the server still has to do for the last of them. */
    for (uint64_t end = now_ns() + (uint64_t)(opt.for_s * 1e9); now_ns() < end;)
        turn(SECOND / 10);
    print_memory("after_kib");
}

/* Connect a viewer that was closed once its pause is over; return whether it is back and has all. */
static bool come_back(Client *c, uint64_t now)
{
    if (c->state == CLOSED) {
        if (!c->again)
            c->again = now + (uint64_t)(drand48() * opt.spread_s * 1e9);
        if (c->again <= now && under_way < AT_ONCE)
            start(c, &opt.viewer, c->index);
    }
    return c->state == DONE && c->is_back;
}

/* As clients of the product do: each waits for a random part of the spread, and connects again. */
static void reconnect(void)
{
    uint64_t deadline = now_ns() + (uint64_t)(opt.patience_s * 1e9);
    connect_viewers(deadline);
    while (done < opt.viewers && now_ns() < deadline)
        turn(SECOND / 100);
    if (done < opt.viewers)
        die("only %d of %d viewers have all", done, opt.viewers);
    comes_back = true;
    fputs("connected\n", stderr);
    double cpu = server_cpu();
    uint64_t end = now_ns() + (uint64_t)(opt.patience_s * 1e9), began = 0, now;
    int back = 0;
    while (back < opt.viewers && (now = now_ns()) < end) {
        turn(SECOND / 100);
        if (closed && !began)
            began = now;
        back = 0;
        for (int i = 0; i < opt.viewers; i++)
            back += come_back(&clients[i], now);
    }
    printf("\"seconds\": %.6f, \"closes\": %d, \"complete\": %d, \"server_cpu_s\": %.3f, ",
           began ? (double)(now_ns() - began) / 1e9 : -1, closed, back, server_cpu() - cpu);
    closed = 0;
}

static void parse(int argc, char **argv)
{
    enum { VIEWER_REQUEST = 256, VIEWER_MESSAGE, VIEWER_READY, VIEWER_FRAMED, VIEWER_PORT,
           PUBLISHER_REQUEST, PUBLISHER_MESSAGE, PUBLISHER_READY, PUBLISHER_FRAMED, PUBLISHER_PORT,
           BEFORE, BETWEEN, AFTER, EVENT, VIEWERS, BATCH, WINDOW, RATE, WARM, FOR, PATIENCE,
           UNTIL, FIRST, EVENTS, SKIP, PID, STALLED, STALL_AT, STALL_FOR, SPREAD };
    static const struct option options[] = {
        {"viewer-request", 1, 0, VIEWER_REQUEST}, {"viewer-message", 1, 0, VIEWER_MESSAGE},
        {"viewer-ready", 1, 0, VIEWER_READY}, {"viewer-framed", 0, 0, VIEWER_FRAMED},
        {"viewer-port", 1, 0, VIEWER_PORT},
        {"publisher-request", 1, 0, PUBLISHER_REQUEST}, {"publisher-message", 1, 0, PUBLISHER_MESSAGE},
        {"publisher-ready", 1, 0, PUBLISHER_READY}, {"publisher-framed", 0, 0, PUBLISHER_FRAMED},
        {"publisher-port", 1, 0, PUBLISHER_PORT},
        {"before", 1, 0, BEFORE}, {"between", 1, 0, BETWEEN}, {"after", 1, 0, AFTER},
        {"event", 1, 0, EVENT}, {"viewers", 1, 0, VIEWERS}, {"batch", 1, 0, BATCH},
        {"window", 1, 0, WINDOW}, {"rate", 1, 0, RATE}, {"warm", 1, 0, WARM}, {"for", 1, 0, FOR},
        {"patience", 1, 0, PATIENCE}, {"until", 1, 0, UNTIL}, {"first", 1, 0, FIRST},
        {"events", 1, 0, EVENTS}, {"skip", 1, 0, SKIP}, {"pid", 1, 0, PID},
        {"stalled", 1, 0, STALLED}, {"stall-at", 1, 0, STALL_AT},
        {"stall-for", 1, 0, STALL_FOR}, {"spread", 1, 0, SPREAD}, {0, 0, 0, 0}};
    opt.viewer.request = opt.publisher.request = "";
    opt.viewer.ready = opt.publisher.ready = "";
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        Talk *talk = c >= PUBLISHER_REQUEST ? &opt.publisher : &opt.viewer;
        switch (c) {
        case VIEWER_REQUEST: case PUBLISHER_REQUEST: talk->request = optarg; break;
        case VIEWER_MESSAGE: case PUBLISHER_MESSAGE:
            if (talk->messages == MAX_MESSAGES)
                die("at most %d messages", MAX_MESSAGES);
            talk->message[talk->messages++] = optarg;
            break;
        case VIEWER_READY: case PUBLISHER_READY: talk->ready = optarg; break;
        case VIEWER_FRAMED: case PUBLISHER_FRAMED: talk->is_framed = true; break;
        case VIEWER_PORT: case PUBLISHER_PORT:
            if (talk->ports == MAX_PORTS)
                die("at most %d ports", MAX_PORTS);
            talk->port[talk->ports++] = atoi(optarg);
            break;
        case BEFORE: opt.before = optarg; break;
        case BETWEEN: opt.between = optarg; break;
        case AFTER: opt.after = optarg; break;
        case EVENT: opt.event = optarg; break;
        case VIEWERS: opt.viewers = atoi(optarg); break;
        case BATCH: opt.batch = atoi(optarg); break;
        case WINDOW: opt.window = atoi(optarg); break;
        case RATE: opt.rate = atof(optarg); break;
        case WARM: opt.warm_s = atof(optarg); break;
        case FOR: opt.for_s = atof(optarg); break;
        case PATIENCE: opt.patience_s = atof(optarg); break;
        case UNTIL: opt.until = (uint32_t)atol(optarg); break;
        case FIRST: opt.first = (uint32_t)atol(optarg); break;
        case EVENTS: opt.events = (uint32_t)atol(optarg); break;
        case SKIP: opt.skip = (uint32_t)atol(optarg); break;
        case PID:
            if (opt.pids < MAX_PIDS)
                opt.pid[opt.pids++] = atoi(optarg);
            break;
        case STALLED: opt.stalled = atoi(optarg); break;
        case STALL_AT: opt.stall_at_s = atof(optarg); break;
        case STALL_FOR: opt.stall_for_s = atof(optarg); break;
        case SPREAD: opt.spread_s = atof(optarg); break;
        default: die("see the top of load.c");
        }
    }
    if (optind != argc - 1)
        die("flow, history, idle or reconnect?");
    opt.mode = argv[optind];
    if (!strcmp(opt.mode, "flow") && !strstr(opt.event, "@n000000000"))
        die("the event has no place for its number");
    if (strlen(opt.before) > 1000)
        die("what stands before the events is too long");
}

int main(int argc, char **argv)
{
    parse(argc, argv);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    clients = calloc((size_t)opt.viewers, sizeof *clients);
    samples = malloc(SAMPLES * sizeof *samples);
    epoll_fd = epoll_create1(0);
    printf("{");
    if (!strcmp(opt.mode, "flow"))
        flow();
    else if (!strcmp(opt.mode, "history"))
        history();
    else if (!strcmp(opt.mode, "idle"))
        idle();
    else if (!strcmp(opt.mode, "reconnect"))
        reconnect();
    else
        die("no mode %s", opt.mode);
    printf("\"gaps\": %lu, \"duplicates\": %lu, \"closed\": %d}\n", gaps, duplicates, closed);
    return 0;
}
