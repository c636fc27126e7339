#include "contract/event.h"

const struct category category_table[] = {
    {.bit = CATEGORY_CERT, .words = {"cert"}, .text = "Certificate management"},
    {.bit = CATEGORY_KEY, .words = {"key"}, .text = "Key management"},
    {.bit = CATEGORY_OP, .words = {"op", "operator"}, .text = "Operational"},
    {.bit = CATEGORY_P1, .words = {"p1", "phase1"}, .text = "Phase 1 SA creation"},
    {.bit = CATEGORY_P2, .words = {"p2", "phase2"}, .text = "Phase 2 SA creation"},
    {.bit = CATEGORY_PFKEY, .words = {"pfkey"}, .text = "PF_KEY interface"},
    {.bit = CATEGORY_POLICY, .words = {"pol", "policy"}, .text = "Policy management"},
    {.bit = CATEGORY_PROP, .words = {"prop"}, .text = "Proposal construction"},
    {.bit = CATEGORY_DOOR, .words = {"door"}, .text = "Door interface"},
    {.bit = CATEGORY_CONFIG, .words = {"config"}, .text = "Config file processing"},
    {.bit = CATEGORY_LABEL, .words = {"label"}, .text = "MAC label processing"},
};

const size_t category_count = COUNT(category_table);
