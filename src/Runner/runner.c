/*
 * The resident runner: the one program of ours inside a sandbox. It starts commands, carries their input and output over one stream, ends them at their time limit, and
 * kills whole process trees from inside, where the engine's exec can do none of that without a new process in the container for every question.
 *
 *   standard input   frames from the host        standard output   frames to the host
 *
 * The end of standard input is the end of everything: what was started and not let go of is killed, and the runner exits. So nothing outlives the process that held the stream.
 *
 * Three kinds of processes:
 *   runner   this one; reads frames, moves bytes. It never waits for anything but poll(2).
 *   keeper   one for each command, forked from the runner. It is the "child subreaper" of the command: whatever of the command's tree loses its parent (setsid, double fork, a cleared
 *            environment: all the same) becomes the keeper's child. When the keeper has no child left, the kernel has proven that nothing of the command is alive; no list of
 *            processes could prove that.
 *   command  the keeper's child, in a session of its own, with nothing of ours open.
 *
 * Commands run as the same user as the runner. It is not dumpable, so they can neither trace it nor open its descriptors; they can kill it, which ends every command it runs.
 *
 * Frames: 12 bytes of head (length of what follows: 4 bytes; kind: 1; three zeros; number of the command: 4), all numbers little-endian. src/OpenCode.Core/Sandboxes/Docker/Runners has the
 * other side. Nothing here is unbounded: output is read from a command only as far as the host has given credit for it, input is taken only into a window.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { VERSION = 1 };

/* To the host. */
enum {
    HELLO = 1,   /* version, window of input, most commands: 4 bytes each */
    STARTED = 2, /* the program runs */
    FAILED = 3,  /* it does not and will not: stage, errno: 4 bytes each; the number is free */
    OUT = 4,
    ERR = 5,
    TAKEN = 6,  /* so much more input may be sent: 4 bytes */
    CLOSED = 7, /* no more input is wanted */
    EXITED = 8, /* as wait(2) tells it: 4 bytes. All output from before is sent */
    END = 9,    /* nobody has the command's output open any more */
    GONE = 10,  /* after a kill: proven (1 byte), by its time limit (1 byte) */
};

/* From the host. */
enum {
    START = 65,   /* see start() */
    INPUT = 66,   /* at most what the window allows */
    FINISH = 67,  /* the input ends */
    CREDIT = 68,  /* so much more output may be sent: 4 bytes */
    KILL = 69,    /* the whole tree; answered by GONE */
    RELEASE = 70, /* nothing more of this one: what it left running goes on, what that writes is thrown away */
};

/* Where a command failed to start. */
enum { AT_ROOM = 1, AT_FORK = 2, AT_PIPES = 3, AT_DIRECTORY = 4, AT_PROGRAM = 5 };

/* From a keeper to the runner, and back. */
enum { KEEPER_STARTED = 1, KEEPER_FAILED = 2, KEEPER_EXITED = 3 };
static const char ORDER_KILL = 'K', ORDER_RELEASE = 'R';

struct report {
    int32_t kind, value, stage;
};

enum {
    HEAD = 12,
    MOST_COMMANDS = 64,
    WINDOW = 64 * 1024,           /* of input, for each command */
    PIECE = 32 * 1024,            /* of output, at most in one frame */
    INCOMING = 1024 * 1024 + HEAD, /* the longest frame that is taken */
    OUTGOING = 256 * 1024,
    /* Frames that are no output are small and few for each command, so this much is always kept free for them. */
    RESERVE = MOST_COMMANDS * 8 * (HEAD + 8),
};

struct command {
    bool used, started, released, reported, exited, ended, timed_out, input_ends, kill_ordered;
    uint32_t number;
    pid_t keeper;
    int orders;           /* the way to its keeper */
    int input;            /* -1 once closed, as the two below */
    int output[2];        /* 0 standard output, 1 standard error */
    uint32_t credit;      /* bytes of output that may still be sent */
    uint32_t before[2];   /* bytes that were in the pipes when it ended, and come before EXITED */
    int32_t status;
    int64_t deadline;     /* milliseconds of the monotonic clock; 0 for none */
    unsigned char *window; /* input on its way, a ring */
    uint32_t first, held, taken;
};

static struct command commands[MOST_COMMANDS];

static unsigned char incoming[INCOMING];
static size_t incoming_held;
static unsigned char outgoing[OUTGOING];
static size_t outgoing_first, outgoing_end;
static int child_signals = -1;
static sigset_t first_mask;

static void put32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t get32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* What is not expected of a host or a kernel ends the runner, and with it everything it runs: the host sees the end of the stream. */
static void give_up(const char *why)
{
    dprintf(2, "runner: %s (%s)\n", why, strerror(errno));
    _exit(2);
}

static void shut(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

/* ---- frames to the host ---- */

static size_t room(void)
{
    return OUTGOING - outgoing_end;
}

static void make_room(void)
{
    if (outgoing_first > 0) {
        memmove(outgoing, outgoing + outgoing_first, outgoing_end - outgoing_first);
        outgoing_end -= outgoing_first;
        outgoing_first = 0;
    }
}

static void head(unsigned char *at, uint8_t kind, uint32_t number, uint32_t length)
{
    put32(at, length);
    put32(at + 4, kind);
    put32(at + 8, number);
}

static void tell(uint8_t kind, uint32_t number, const unsigned char *content, uint32_t length)
{
    if (room() < HEAD + length)
        make_room();
    if (room() < HEAD + length)
        give_up("the host does not read");
    head(outgoing + outgoing_end, kind, number, length);
    if (length > 0)
        memcpy(outgoing + outgoing_end + HEAD, content, length);
    outgoing_end += HEAD + length;
}

static void tell32(uint8_t kind, uint32_t number, uint32_t value)
{
    unsigned char content[4];
    put32(content, value);
    tell(kind, number, content, sizeof content);
}

static void tell_failed(uint32_t number, uint32_t stage, uint32_t error)
{
    unsigned char content[8];
    put32(content, stage);
    put32(content + 4, error);
    tell(FAILED, number, content, sizeof content);
}

static void flush(void)
{
    while (outgoing_first < outgoing_end) {
        ssize_t wrote = write(1, outgoing + outgoing_first, outgoing_end - outgoing_first);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (wrote < 0)
            _exit(0); /* nobody is there to read: as the end of the input */
        outgoing_first += (size_t)wrote;
    }
    outgoing_first = outgoing_end = 0;
}

/* ---- the keeper: one command and all that comes of it ---- */

struct process {
    pid_t pid, parent;
    bool stopped, mine;
};

/* More than a process limit usually allows; what is beyond is seen in the next round, when others are gone. Only what is used of it costs memory. */
enum { MOST_PROCESSES = 32768 };
static struct process processes[MOST_PROCESSES];

static struct process *find_process(size_t count, pid_t pid)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (processes[middle].pid == pid)
            return &processes[middle];
        if (processes[middle].pid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int by_pid(const void *one, const void *other)
{
    pid_t a = ((const struct process *)one)->pid, b = ((const struct process *)other)->pid;
    return (a > b) - (a < b);
}

static bool read_process(const char *name, struct process *process)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
        return false;
    text[length] = '\0';
    /* The name of a program is in brackets and may hold anything, brackets too. */
    char *rest = strrchr(text, ')'), state;
    int parent;
    if (rest == NULL || sscanf(rest + 1, " %c %d", &state, &parent) != 2)
        return false;
    *process = (struct process){ .pid = (pid_t)atoi(name), .parent = parent, .stopped = state == 'T' || state == 't' || state == 'Z' || state == 'X' };
    return true;
}

static size_t read_processes(void)
{
    DIR *folder = opendir("/proc");
    if (folder == NULL)
        return 0;
    size_t count = 0;
    struct dirent *entry;
    while (count < MOST_PROCESSES && (entry = readdir(folder)) != NULL)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && read_process(entry->d_name, &processes[count]))
            count++;
    closedir(folder);
    qsort(processes, count, sizeof processes[0], by_pid);
    return count;
}

/* Sends a signal to everything below this process. Tells whether anything still moves. */
static bool signal_below(int number)
{
    size_t count = read_processes();
    pid_t self = getpid();
    bool moving = false, found = true;
    while (found) {
        found = false;
        for (size_t i = 0; i < count; i++) {
            struct process *parent;
            if (processes[i].mine)
                continue;
            if (processes[i].parent == self || ((parent = find_process(count, processes[i].parent)) != NULL && parent->mine))
                processes[i].mine = found = true;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (processes[i].mine) {
            moving = moving || !processes[i].stopped;
            kill(processes[i].pid, number);
        }
    return moving;
}

/*
 * Stopping comes before killing: a stopped process keeps its place in the sandbox's process limit, so a fork bomb cannot refill it. Ends when there is no child left, which
 * for a subreaper is the proof; the host has a limit for how long it waits, and a harder way.
 */
static void kill_tree(void)
{
    for (int round = 0;; round++) {
        pid_t reaped;
        while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0)
            continue;
        if (reaped < 0 && errno == ECHILD)
            _exit(0);
        if (round >= 40 || !signal_below(SIGSTOP))
            signal_below(SIGKILL);
        struct timespec pause = { .tv_nsec = round < 20 ? 500000 : 10000000 };
        nanosleep(&pause, NULL);
    }
}

static void report(int orders, int32_t kind, int32_t value, int32_t stage)
{
    struct report told = { .kind = kind, .value = value, .stage = stage };
    /* A runner that is gone is seen by the end of its orders. */
    (void)!write(orders, &told, sizeof told);
}

/* The values in here live on while the child has this memory (vfork), so they are nobody's registers. */
struct launch {
    char *directory;
    char **arguments, **environment;
    int ends[3];
    volatile int stage, error;
};

static const char *variable(char **environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

/* As the engine's exec looks programs up: in the command's own PATH, absolute folders of it only, and without a shell for what is no program. */
static int execute(struct launch *launch)
{
    const char *name = launch->arguments[0];
    if (strchr(name, '/') != NULL) {
        execve(name, launch->arguments, launch->environment);
        return errno;
    }
    const char *path = variable(launch->environment, "PATH");
    if (path == NULL)
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    int error = ENOENT;
    char file[4096];
    while (*path != '\0') {
        size_t length = strcspn(path, ":");
        if (*path == '/' && length + strlen(name) + 2 <= sizeof file) {
            memcpy(file, path, length);
            file[length] = '/';
            strcpy(file + length + 1, name);
            execve(file, launch->arguments, launch->environment);
            if (errno == EACCES)
                error = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR)
                return errno;
        }
        path += length;
        path += *path == ':';
    }
    return error;
}

static void become_command(struct launch *launch)
{
    setsid();
    for (int i = 0; i < 3; i++)
        if (dup2(launch->ends[i], i) < 0) {
            launch->stage = AT_PIPES;
            launch->error = errno;
            _exit(127);
        }
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &first_mask, NULL);
    launch->stage = AT_DIRECTORY;
    if (chdir(launch->directory) == 0) {
        launch->stage = AT_PROGRAM;
        launch->error = execute(launch);
    } else {
        launch->error = errno;
    }
    _exit(127);
}

static pid_t launch_command(struct launch *launch)
{
    /* vfork: this process waits until the program is there or has failed, and reads the outcome from its own memory. */
    pid_t child = vfork();
    if (child == 0)
        become_command(launch);
    if (child < 0) {
        launch->stage = AT_FORK;
        launch->error = errno;
    }
    return child;
}

static void keep(int orders, struct launch *launch)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_NAME, "keeper", 0, 0, 0);
    setsid();
    launch->error = 0;
    pid_t command = launch_command(launch);
    if (launch->error != 0) {
        report(orders, KEEPER_FAILED, launch->error, launch->stage);
        _exit(0);
    }
    for (int i = 0; i < 3; i++)
        close(launch->ends[i]);
    report(orders, KEEPER_STARTED, command, 0);
    bool running = true;
    for (;;) {
        struct pollfd waits[2] = { { .fd = orders, .events = POLLIN }, { .fd = child_signals, .events = POLLIN } };
        if (poll(waits, 2, -1) < 0 && errno != EINTR)
            kill_tree();
        struct signalfd_siginfo told;
        while (read(child_signals, &told, sizeof told) > 0)
            continue;
        int status;
        for (pid_t reaped; (reaped = waitpid(-1, &status, WNOHANG)) > 0;)
            if (reaped == command && running) {
                running = false;
                report(orders, KEEPER_EXITED, status, 0);
            }
        if (waits[0].revents != 0) {
            char order = ORDER_KILL; /* the end is one, too: the runner is gone, and nobody would ever say more */
            if (read(orders, &order, 1) < 0 && (errno == EAGAIN || errno == EINTR))
                continue;
            if (order == ORDER_RELEASE)
                _exit(1); /* what is left running is the init's from now on */
            kill_tree();
        }
    }
}

/* ---- commands, as the runner sees them ---- */

static struct command *find(uint32_t number)
{
    for (int i = 0; i < MOST_COMMANDS; i++)
        if (commands[i].used && !commands[i].released && commands[i].number == number)
            return &commands[i];
    return NULL;
}

static void drop(struct command *command)
{
    shut(&command->orders);
    shut(&command->input);
    shut(&command->output[0]);
    shut(&command->output[1]);
    free(command->window);
    *command = (struct command){ 0 };
}

static void order_kill(struct command *command)
{
    if (command->orders >= 0 && !command->kill_ordered)
        (void)!write(command->orders, &ORDER_KILL, 1);
    command->kill_ordered = true;
}

/* A keeper has everything that the runner has open, and never becomes another program with which that would go away: all but its own ends of the pipes is closed. */
static void close_all(void)
{
    for (int i = 0; i < MOST_COMMANDS; i++)
        if (commands[i].used) {
            shut(&commands[i].orders);
            shut(&commands[i].input);
            shut(&commands[i].output[0]);
            shut(&commands[i].output[1]);
        }
    /* 0 to 2 stay in use, or a pipe could come to be there. */
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < 3; i++)
        if (nothing < 0 || dup2(nothing, i) < 0)
            _exit(1);
    if (nothing > 2)
        close(nothing);
}

/* What it is made of, with the variables of the runner that are not given anew. */
static char **merged(char **given, uint32_t count)
{
    size_t own = 0;
    while (environ[own] != NULL)
        own++;
    char **all = calloc(own + count + 1, sizeof *all);
    if (all == NULL)
        return NULL;
    size_t next = 0;
    for (size_t i = 0; i < own; i++) {
        size_t length = strcspn(environ[i], "=");
        bool again = false;
        for (uint32_t j = 0; j < count && !again; j++)
            again = strncmp(given[j], environ[i], length) == 0 && given[j][length] == '=';
        if (!again)
            all[next++] = environ[i];
    }
    for (uint32_t j = 0; j < count; j++)
        all[next++] = given[j];
    return all;
}

/* Texts, each ended by a NUL, in a frame. */
struct texts {
    char *at, *end;
};

static char *next_text(struct texts *texts)
{
    char *text = texts->at, *nul = texts->at == NULL ? NULL : memchr(texts->at, '\0', (size_t)(texts->end - texts->at));
    texts->at = nul == NULL ? NULL : nul + 1;
    return nul == NULL ? NULL : text;
}

static char **next_texts(struct texts *texts, uint32_t count)
{
    char **all = count > INCOMING ? NULL : calloc((size_t)count + 1, sizeof *all);
    for (uint32_t i = 0; all != NULL && i < count; i++)
        if ((all[i] = next_text(texts)) == NULL) {
            free(all);
            return NULL;
        }
    return all;
}

static int pipes(struct command *command, struct launch *launch, bool with_input, int orders[2])
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders) < 0)
        return errno;
    command->orders = orders[0];
    fcntl(orders[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 2; i++) {
        if (pipe2(ends, O_CLOEXEC) < 0)
            return errno;
        command->output[i] = ends[0];
        launch->ends[i + 1] = ends[1];
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
    }
    if (!with_input) {
        launch->ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return launch->ends[0] < 0 ? errno : 0;
    }
    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    launch->ends[0] = ends[0];
    command->input = ends[1];
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    command->window = malloc(WINDOW);
    return command->window == NULL ? ENOMEM : 0;
}

/* Time limit in milliseconds, 0 for none: 8 bytes; credit: 4; 1 with input, 0 without: 4; count of arguments, count of variables: 4 each; then the directory, the arguments, the variables. */
static void start(uint32_t number, unsigned char *content, uint32_t length)
{
    enum { FIXED = 24 };
    struct texts texts = { .at = (char *)content + FIXED, .end = (char *)content + length };
    struct launch launch = { .ends = { -1, -1, -1 } };
    char **given = NULL;
    uint32_t variables = length < FIXED ? 0 : get32(content + 20);
    if (length < FIXED || find(number) != NULL || get32(content + 16) == 0 || (launch.directory = next_text(&texts)) == NULL ||
        (launch.arguments = next_texts(&texts, get32(content + 16))) == NULL || (given = next_texts(&texts, variables)) == NULL)
        give_up("a command that is none");

    struct command *command = NULL;
    for (int i = 0; i < MOST_COMMANDS && command == NULL; i++)
        if (!commands[i].used)
            command = &commands[i];
    int orders[2] = { -1, -1 }, error = 0;
    uint32_t stage = AT_ROOM;
    if (command == NULL) {
        error = EAGAIN;
    } else {
        int64_t limit = (int64_t)((uint64_t)get32(content) | (uint64_t)get32(content + 4) << 32);
        *command = (struct command){ .used = true, .number = number, .orders = -1, .input = -1, .output = { -1, -1 }, .credit = get32(content + 8), .deadline = limit > 0 ? now() + limit : 0 };
        stage = AT_PIPES;
        error = pipes(command, &launch, get32(content + 12) != 0, orders);
        launch.environment = error == 0 ? merged(given, variables) : NULL;
        if (error == 0 && launch.environment == NULL)
            error = ENOMEM;
    }
    if (error == 0) {
        stage = AT_FORK;
        pid_t keeper = fork();
        if (keeper == 0) {
            close_all();
            keep(orders[1], &launch);
        }
        error = keeper < 0 ? errno : 0;
        command->keeper = keeper;
    }
    shut(&orders[1]);
    for (int i = 0; i < 3; i++)
        shut(&launch.ends[i]);
    free(launch.environment);
    free(launch.arguments);
    free(given);
    if (error != 0) {
        if (command != NULL)
            drop(command);
        tell_failed(number, stage, (uint32_t)error);
    }
}

/* ---- frames from the host ---- */

static void feed(struct command *command)
{
    while (command->input >= 0 && command->held > 0) {
        uint32_t length = command->first + command->held > WINDOW ? WINDOW - command->first : command->held;
        ssize_t wrote = write(command->input, command->window + command->first, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0 && errno == EAGAIN)
            break;
        if (wrote < 0) {
            /* The command has closed it, or has ended. */
            shut(&command->input);
            command->held = 0;
            tell(CLOSED, command->number, NULL, 0);
            return;
        }
        command->first = (command->first + (uint32_t)wrote) % WINDOW;
        command->held -= (uint32_t)wrote;
        command->taken += (uint32_t)wrote;
    }
    if (command->held == 0 && command->input_ends)
        shut(&command->input);
    /* Not for every few bytes: told when half of the window is free again, or all of it. */
    if (command->input >= 0 && (command->taken >= WINDOW / 2 || (command->held == 0 && command->taken > 0))) {
        tell32(TAKEN, command->number, command->taken);
        command->taken = 0;
    }
}

static void take_input(struct command *command, const unsigned char *content, uint32_t length)
{
    if (command->input < 0)
        return;
    if (length > WINDOW - command->held - command->taken || command->input_ends)
        give_up("more input than there is room for");
    uint32_t at = (command->first + command->held) % WINDOW, straight = length < WINDOW - at ? length : WINDOW - at;
    memcpy(command->window + at, content, straight);
    memcpy(command->window, content + straight, length - straight);
    command->held += length;
    feed(command);
}

static void release(struct command *command)
{
    if (command->orders >= 0 && !command->kill_ordered)
        (void)!write(command->orders, &ORDER_RELEASE, 1);
    shut(&command->orders);
    shut(&command->input);
    command->released = true;
    command->deadline = 0;
}

static void handle(uint8_t kind, uint32_t number, unsigned char *content, uint32_t length)
{
    if (kind == START) {
        start(number, content, length);
        return;
    }
    if (kind < START || kind > RELEASE || (kind == CREDIT && length != 4))
        give_up("a frame that is none");
    struct command *command = find(number);
    if (command == NULL)
        return; /* it failed to start while this was on its way */
    switch (kind) {
    case INPUT:
        take_input(command, content, length);
        break;
    case FINISH:
        command->input_ends = true;
        feed(command);
        break;
    case CREDIT:
        if (get32(content) > UINT32_MAX - command->credit)
            give_up("more credit than can be counted");
        command->credit += get32(content);
        break;
    case KILL:
        order_kill(command);
        break;
    default:
        release(command);
        break;
    }
}

static void read_frames(void)
{
    ssize_t got = read(0, incoming + incoming_held, INCOMING - incoming_held);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0)
        _exit(0); /* every keeper sees it by its orders, and kills what it keeps */
    incoming_held += (size_t)got;
    size_t at = 0;
    while (incoming_held - at >= HEAD) {
        uint32_t length = get32(incoming + at);
        if (length > INCOMING - HEAD)
            give_up("a frame that is too long");
        if (incoming_held - at - HEAD < length)
            break;
        handle(incoming[at + 4], get32(incoming + at + 8), incoming + at + HEAD, length);
        at += HEAD + length;
    }
    if (at > 0)
        memmove(incoming, incoming + at, incoming_held - at);
    incoming_held -= at;
}

/* ---- what commands do ---- */

static void read_output(struct command *command, int which)
{
    static unsigned char nothing[PIECE];
    if (command->released) {
        ssize_t got = read(command->output[which], nothing, sizeof nothing);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            shut(&command->output[which]);
        return;
    }
    if (room() < HEAD + PIECE + RESERVE)
        make_room();
    if (room() < HEAD + PIECE + RESERVE || command->credit == 0)
        return;
    uint32_t most = command->credit < PIECE ? command->credit : PIECE;
    ssize_t got = read(command->output[which], outgoing + outgoing_end + HEAD, most);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        shut(&command->output[which]);
        command->before[which] = 0;
        return;
    }
    head(outgoing + outgoing_end, which == 0 ? OUT : ERR, command->number, (uint32_t)got);
    outgoing_end += HEAD + (size_t)got;
    command->credit -= (uint32_t)got;
    command->before[which] -= (uint32_t)got < command->before[which] ? (uint32_t)got : command->before[which];
}

static void read_report(struct command *command)
{
    struct report told;
    ssize_t got = recv(command->orders, &told, sizeof told, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got != sizeof told) {
        shut(&command->orders); /* how the keeper ended is told by wait(2) */
        return;
    }
    if (told.kind == KEEPER_STARTED) {
        command->started = true;
        tell(STARTED, command->number, NULL, 0);
    } else if (told.kind == KEEPER_FAILED) {
        tell_failed(command->number, (uint32_t)told.stage, (uint32_t)told.value);
        drop(command);
    } else {
        command->exited = true;
        command->status = told.value;
        /* What the command wrote is in the pipes by now; what comes behind that is others'. */
        for (int i = 0; i < 2; i++) {
            int held = 0;
            command->before[i] = command->output[i] >= 0 && ioctl(command->output[i], FIONREAD, &held) == 0 && held > 0 ? (uint32_t)held : 0;
        }
    }
}

static void reap(void)
{
    struct signalfd_siginfo told;
    while (read(child_signals, &told, sizeof told) > 0)
        continue;
    int status;
    for (pid_t keeper; (keeper = waitpid(-1, &status, WNOHANG)) > 0;)
        for (int i = 0; i < MOST_COMMANDS; i++) {
            struct command *command = &commands[i];
            if (!command->used || command->keeper != keeper)
                continue;
            while (command->orders >= 0 && !command->released) {
                /* Its last words. */
                struct report last;
                if (recv(command->orders, &last, sizeof last, MSG_DONTWAIT | MSG_PEEK) != sizeof last)
                    break;
                read_report(command);
            }
            if (!command->used)
                break; /* it had failed to start */
            command->keeper = 0;
            if (!command->released) {
                if (!command->started) {
                    /* Its command was quicker to kill it than it was to say that there is one. */
                    command->started = true;
                    tell(STARTED, command->number, NULL, 0);
                }
                unsigned char content[2] = { WIFEXITED(status) && WEXITSTATUS(status) == 0, command->timed_out };
                tell(GONE, command->number, content, sizeof content);
            }
            break;
        }
}

static void settle(void)
{
    int64_t time = now();
    for (int i = 0; i < MOST_COMMANDS; i++) {
        struct command *command = &commands[i];
        if (!command->used)
            continue;
        if (command->exited && !command->reported && !command->released && command->before[0] == 0 && command->before[1] == 0) {
            command->reported = true;
            command->deadline = 0;
            tell32(EXITED, command->number, (uint32_t)command->status);
        }
        if (command->started && !command->ended && !command->released && command->output[0] < 0 && command->output[1] < 0) {
            command->ended = true;
            tell(END, command->number, NULL, 0);
        }
        if (command->deadline != 0 && time >= command->deadline) {
            command->deadline = 0;
            command->timed_out = true;
            order_kill(command);
        }
        if (command->released && command->output[0] < 0 && command->output[1] < 0)
            drop(command);
    }
}

int main(void)
{
    /* Before anything else: from here on nothing of the same user may look into this process. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        give_up("cannot close itself");
    signal(SIGPIPE, SIG_IGN);
    sigset_t all, child;
    sigfillset(&all);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &all, &first_mask);
    child_signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (child_signals < 0 || fcntl(0, F_SETFL, O_NONBLOCK) < 0 || fcntl(1, F_SETFL, O_NONBLOCK) < 0)
        give_up("cannot begin");

    unsigned char hello[12];
    put32(hello, VERSION);
    put32(hello + 4, WINDOW);
    put32(hello + 8, MOST_COMMANDS);
    tell(HELLO, 0, hello, sizeof hello);

    for (;;) {
        static struct pollfd waits[3 + MOST_COMMANDS * 4];
        nfds_t count = 3;
        int64_t nearest = -1;
        settle();
        flush();
        waits[0] = (struct pollfd){ .fd = 0, .events = POLLIN };
        waits[1] = (struct pollfd){ .fd = outgoing_first < outgoing_end ? 1 : -1, .events = POLLOUT };
        waits[2] = (struct pollfd){ .fd = child_signals, .events = POLLIN };
        bool full = outgoing_end - outgoing_first > OUTGOING - HEAD - PIECE - RESERVE;
        for (int i = 0; i < MOST_COMMANDS; i++) {
            struct command *command = &commands[i];
            bool may = command->used && (command->released || (command->credit > 0 && !full));
            waits[count++] = (struct pollfd){ .fd = command->used && !command->released ? command->orders : -1, .events = POLLIN };
            waits[count++] = (struct pollfd){ .fd = command->used && command->held > 0 ? command->input : -1, .events = POLLOUT };
            waits[count++] = (struct pollfd){ .fd = may ? command->output[0] : -1, .events = POLLIN };
            waits[count++] = (struct pollfd){ .fd = may ? command->output[1] : -1, .events = POLLIN };
            if (command->used && command->deadline != 0 && (nearest < 0 || command->deadline < nearest))
                nearest = command->deadline;
        }
        int64_t left = nearest < 0 ? -1 : nearest - now();
        int wait = nearest < 0 ? -1 : left < 0 ? 0 : left > 60000 ? 60000 : (int)left + 1;
        if (poll(waits, count, wait) < 0 && errno != EINTR)
            give_up("cannot wait");
        for (int i = 0; i < MOST_COMMANDS; i++) {
            struct command *command = &commands[i];
            struct pollfd *its = &waits[3 + i * 4];
            /* Output first, so that what a command wrote is read before its end. */
            if (its[2].fd >= 0 && its[2].revents != 0 && command->output[0] == its[2].fd)
                read_output(command, 0);
            if (its[3].fd >= 0 && its[3].revents != 0 && command->output[1] == its[3].fd)
                read_output(command, 1);
            if (its[1].fd >= 0 && its[1].revents != 0 && command->input == its[1].fd)
                feed(command);
            if (its[0].fd >= 0 && its[0].revents != 0 && command->orders == its[0].fd)
                read_report(command);
        }
        if (waits[2].revents != 0)
            reap();
        if (waits[0].revents != 0)
            read_frames();
    }
}
