/* The limit of the machine: a fan-out in C over plain TCP, with nothing around the events.
 *
 *     raw PORT each     one send for each event and viewer, as servers do that keep messages apart
 *     raw PORT chunk    one send for each viewer and all that one read brought
 *
 * A client sends P to publish lines, or V to get them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096, READ_BYTES = 1 << 18 };

static int viewers[MOST];
static int viewer_count, publisher = -1;

static void send_to_all(const char *data, size_t size)
{
    for (int i = 0; i < viewer_count; i++) {
        for (size_t done = 0; done < size;) {
            ssize_t n = send(viewers[i], data + done, size - done, MSG_NOSIGNAL);
            if (n >= 0) {
                done += (size_t)n;
            } else if (errno == EAGAIN) {
                /* What is in flight is bounded by the load client and fits the buffers of TCP, so
                 * this hardly ever waits, and a queue here would measure nothing. */
                struct pollfd full = {.fd = viewers[i], .events = POLLOUT};
                poll(&full, 1, 1000);
            } else {
                break; /* it is gone, and its next read reports that */
            }
        }
    }
}

static void forget(int fd)
{
    for (int i = 0; i < viewer_count; i++)
        if (viewers[i] == fd)
            viewers[i--] = viewers[--viewer_count];
    if (fd == publisher)
        publisher = -1; /* the number of its socket will be another client's */
    close(fd);
}

int main(int argc, char **argv)
{
    static char buffer[READ_BYTES];
    static size_t left; /* of a line that is not there as a whole */
    if (argc != 3)
        return fprintf(stderr, "usage: raw PORT each|chunk\n"), 2;
    bool is_each = !strcmp(argv[2], "each");
    int one = 1, epoll_fd = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096))
        return perror("raw"), 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
                epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
                continue;
            }
            size_t begin = fd == publisher ? left : 0;
            ssize_t n = recv(fd, buffer + begin, sizeof buffer - begin, 0);
            if (n <= 0) {
                if (n == 0 || errno != EAGAIN)
                    forget(fd);
                continue;
            }
            if (fd != publisher) {
                /* Its first word; there is nothing to take from it later. */
                if (buffer[begin] == 'V' && viewer_count < MOST)
                    viewers[viewer_count++] = fd;
                else if (buffer[begin] == 'P')
                    publisher = fd, left = 0;
                send(fd, "ok\n", 3, MSG_NOSIGNAL);
                continue;
            }
            size_t size = begin + (size_t)n, at_line = 0;
            if (!is_each) {
                send_to_all(buffer, size);
                continue;
            }
            for (char *end; (end = memchr(buffer + at_line, '\n', size - at_line));) {
                size_t next = (size_t)(end - buffer) + 1;
                send_to_all(buffer + at_line, next - at_line);
                at_line = next;
            }
            left = size - at_line;
            memmove(buffer, buffer + at_line, left);
        }
    }
}
