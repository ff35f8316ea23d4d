/* Members take every piece once, and no one passes a wait before all have come. */
#include <stdatomic.h>
#include <stdint.h>

#include "base/mem.h"
#include "tensor/team.h"
#include "unit.h"

enum { PIECES = 1000, STAGES = 50 };

typedef struct {
    atomic_int taken[STAGES][PIECES];
    atomic_int members, early;
} tally;

static void count_pieces(weft_team *team, size_t member, void *argument) {
    tally *t = argument;
    assert_true(member < weft_team_size(team));
    atomic_fetch_add(&t->members, 1 << (8 * member));
    for (size_t stage = 0; stage < STAGES; stage++) {
        for (size_t i; (i = weft_team_next(team)) < PIECES;)
            atomic_fetch_add(&t->taken[stage][i], 1);
        weft_team_wait(team);
        for (size_t i = 0; i < PIECES; i++)
            if (atomic_load(&t->taken[stage][i]) != 1) atomic_fetch_add(&t->early, 1);
    }
}

static void test_stages(void **unused) {
    (void)unused;
    for (size_t size = 0; size <= 4; size++) {
        weft_team *team;
        assert_int_equal(weft_team_new(&team, size, NULL), WEFT_OK);
        assert_int_equal(weft_team_size(team), size ? size : 1);
        for (int job = 0; job < 3; job++) {
            tally *t = weft_calloc(1, sizeof *t);
            int members = 0;
            for (size_t i = 0; i < weft_team_size(team); i++) members += 1 << (8 * i);
            weft_team_run(team, count_pieces, t);
            assert_int_equal(atomic_load(&t->members), members); /* each exactly once */
            assert_int_equal(atomic_load(&t->early), 0);
            weft_free(t);
        }
        weft_team_free(team);
    }
    weft_team_free(NULL);
}

static void test_memory(void **unused) {
    (void)unused;
    weft_team *team;
    for (size_t nth = 1; nth <= 2; nth++) {
        weft_mem_fail_after(nth);
        assert_int_equal(weft_team_new(&team, 2, NULL), WEFT_E_NOMEM);
        assert_null(team);
    }
    weft_mem_fail_after(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stages),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
