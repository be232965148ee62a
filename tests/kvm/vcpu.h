/* SPDX-License-Identifier: MIT
 *
 * What vcpu.c offers to guest.c.
 */
#ifndef TESTS_KVM_VCPU_H
#define TESTS_KVM_VCPU_H

#include "guest.h"

void vcpu_free(Vcpu *v);

/* Called when the program of this thread's vCPU has ended. */
void vcpu_end(uint64_t result);

#endif
