#ifndef ENTENTE_DATAPLANE_POLICY_FILE_H
#define ENTENTE_DATAPLANE_POLICY_FILE_H

#include "base/view.h"

/*
 * The loaded policy, as ipsecconf leaves it for the daemon and for itself:
 * RUN_DIR/ipsecpolicy.conf.
 *
 *     #PLANE user
 *     #INDEX 1
 *     {raddr 10.5.5.0/24} ipsec {encr_algs aes encr_auth_algs sha256}
 *     #SPD 1 { raddr 10.5.5.0/24 dir both } ipsec { encr_algs aes-cbc(128..256) ... sa shared }
 *
 * Reading and writing of the whole file is here; what its lines mean is config/'s.
 */
#define POLICY_FILE_NAME "ipsecpolicy.conf"
#define POLICY_LOCK_NAME "ipsecconf.lock"

/*
 * Reads the loaded policy.
 *
 * run_dir  "/run" by default; the setting run_dir of /etc/default/ike.
 * text     cleared and filled; the caller frees it with bytes_clear.
 *
 * Returns STATUS_OK, STATUS_ABSENT when no policy was ever loaded, STATUS_REFUSED for a file that
 * is not a plain one of this user's or writable by others, STATUS_LIMIT over 16 MiB,
 * STATUS_NO_MEMORY, or STATUS_SYSTEM (see errno).
 */
enum status policy_file_read(const char *run_dir, struct bytes *text);

/* Replaces the file at once (rename), mode 0644. Returns STATUS_OK or STATUS_SYSTEM (see errno). */
enum status policy_file_write(const char *run_dir, struct view text);

/*
 * The last good copy: the text of a policy that was loaded, which a boot with a bad file falls back
 * to. Its names are resolved, so it needs no name server.
 */
#define POLICY_COPY_DIR "/var/lib/entente"
#define POLICY_COPY_NAME "ipsecinit.good"

/* Results as policy_file_read. */
enum status policy_copy_read(struct bytes *text);

/* Replaces it at once, mode 0600, and makes its directory (0700). Results as policy_file_write. */
enum status policy_copy_write(struct view text);

/* Removes it; absent is success. */
enum status policy_copy_remove(void);

/* Removes the loaded policy's record; absent is success. */
enum status policy_file_remove(const char *run_dir);

/*
 * Takes the exclusive lock under which policy is changed; waits for another ipsecconf. Returns the
 * descriptor, which holds the lock until it is closed, or -1 (see errno).
 */
int policy_file_lock(const char *run_dir);

/* The same without waiting: -1 with EWOULDBLOCK while another has it. */
int policy_file_try_lock(const char *run_dir);

#endif
