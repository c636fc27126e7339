#ifndef ENTENTE_BASE_STATUS_H
#define ENTENTE_BASE_STATUS_H

/*
 * What a function says when it could or could not do its whole job. Zero is success; outputs are
 * written on success only. Detail travels in a value (refusal, config_error, wire_error), never in
 * a new status.
 */
enum status {
    STATUS_OK = 0,
    STATUS_MALFORMED,  /* bytes or text that no grammar allows */
    STATUS_UNEXPECTED, /* well-formed, but not here or not now */
    STATUS_REFUSED,    /* understood, and policy says no */
    STATUS_FORGED,     /* an integrity check failed */
    STATUS_LIMIT,      /* a bound of ours would be passed */
    STATUS_NO_MEMORY,
    STATUS_CRYPTO, /* OpenSSL failed, or lacks the algorithm */
    STATUS_ABSENT, /* what was looked up does not exist */
    STATUS_EXISTS, /* what was to be created exists already */
    STATUS_SYSTEM, /* the operating system said no; errno of the shell's event has the reason */
};

/* A constant word for a status, for logs and test messages; never NULL. */
const char *status_name(enum status status);

#endif
