#ifndef ENTENTE_CONTROL_CLIENT_H
#define ENTENTE_CONTROL_CLIENT_H

#include <jansson.h>

#include "base/text.h"

/*
 * The client's end of the administration channel: one JSON object a line over the UNIX socket
 * RUN_DIR/ike_door. A request is {"verb": "...", ...}; the answer is any number of records
 * {"record": "...", ...} and one last line {"status": "ok"|"error", "text": "...", ...}.
 */
struct control_client;

/*
 * Connects to the daemon.
 *
 * error  "Unable to communicate with in.iked" and the reason; only written to on failure.
 *
 * Returns STATUS_OK, STATUS_ABSENT when no daemon listens there, STATUS_SYSTEM or STATUS_NO_MEMORY.
 */
enum status control_client_open(const char *run_dir, struct control_client **out,
                                struct text *error);
void control_client_close(struct control_client *client);

/* Takes one record of an answer (borrowed for the call); false: no more are wanted. */
typedef bool control_record_fn(void *arg, const json_t *record);

struct control_request {
    json_t *body_ref;        /* an object with "verb"; the caller's, before and after */
    int descriptor;          /* a file for the daemon (`set debug LEVEL FILE`); -1: none */
    control_record_fn *each; /* NULL: records are left out */
    void *arg;
};

/*
 * Sends one request and hands over the records of the answer.
 *
 * last   the last line of the answer when STATUS_OK, a new reference; may be NULL.
 * error  why not: the daemon's "text", or what is wrong with the connection.
 *
 * Returns STATUS_OK, STATUS_REFUSED when the daemon says no, STATUS_MALFORMED or STATUS_SYSTEM.
 */
enum status control_client_request(struct control_client *client,
                                   const struct control_request *request, json_t **last,
                                   struct text *error);

/*
 * All in one for a verb without arguments or records: `control_client_tell(run_dir,
 * "reload-policy", &error)`. STATUS_ABSENT when no daemon runs.
 */
enum status control_client_tell(const char *run_dir, const char *verb, struct text *error);

#endif
