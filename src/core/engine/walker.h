#ifndef ENTENTE_ENGINE_WALKER_H
#define ENTENTE_ENGINE_WALKER_H

#include "engine/protocol.h"

/*
 * The one walker. Finds the row of the exchange's state for this trigger, checks payloads,
 * protection and proof, runs the step, and then either lets the effects stand and moves to the
 * row's next state, or takes them back. After STEP_REFUSE and STEP_FAIL the version's
 * `exchange_ended` runs.
 *
 * Returns the step's result; STEP_IGNORE when no row fits (trigger->drop says why, and it is
 * reported). The exchange may be gone after anything but STEP_IGNORE.
 */
enum step_result walker_run(struct exchange *exchange, struct trigger *trigger,
                            enum protection protection);

#endif
