#include "index/index_topk.h"

static void swap(weft_hit *a, weft_hit *b) {
    weft_hit t = *a;
    *a = *b;
    *b = t;
}

/* Restores the heap of n below node i: no child is worse than its parent. */
static void sift_down(weft_hit *heap, size_t n, size_t i) {
    for (;;) {
        size_t worst = i, left = 2 * i + 1, right = left + 1;
        if (left < n && weft_hit_better(heap[worst], heap[left])) worst = left;
        if (right < n && weft_hit_better(heap[worst], heap[right])) worst = right;
        if (worst == i) return;
        swap(&heap[i], &heap[worst]);
        i = worst;
    }
}

static void sift_up(weft_hit *heap, size_t i) {
    while (i > 0 && weft_hit_better(heap[(i - 1) / 2], heap[i])) {
        swap(&heap[i], &heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

void weft_topk_push(weft_topk *top, weft_hit hit) {
    if (top->n < top->k) {
        top->hits[top->n] = hit;
        sift_up(top->hits, top->n++);
    } else if (weft_hit_better(hit, top->hits[0])) {
        top->hits[0] = hit;
        sift_down(top->hits, top->n, 0);
    }
}

/* Heapsort: the worst goes to the end, again and again. */
void weft_topk_sort(weft_topk *top) {
    for (size_t n = top->n; n > 1; n--) {
        swap(&top->hits[0], &top->hits[n - 1]);
        sift_down(top->hits, n - 1, 0);
    }
}
