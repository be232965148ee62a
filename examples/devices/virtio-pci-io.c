/* SPDX-License-Identifier: MIT
 *
 * The thread that serves the queues, and interrupts.
 *
 * Interrupts are level-triggered. The line is to be up while virtio_interrupts() has a cause. With
 * an irqfd, a signal puts the line up, and it falls when the guest ends the interrupt. Then the
 * thread looks whether a cause is left. Without an irqfd, the function's pin follows the causes.
 */
#include <poll.h>
#include <signal.h>

#include "virtio-pci-parts.h"

/* ---- Notifiers -------------------------------------------------------------------------- */

bool virtio_pci_open_notifiers(VirtioPci *pci, Error **errp)
{
    EventNotifier *all[] = { &pci->kick, &pci->interrupt, &pci->resample, &pci->stop };

    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        int error = event_notifier_init(all[i], false);

        if (error != 0) {
            error_setg_errno(errp, -error, "no event descriptor is left for a virtio device");
            virtio_pci_close_notifiers(pci);
            return false;
        }
    }
    return true;
}

void virtio_pci_close_notifiers(VirtioPci *pci)
{
    event_notifier_cleanup(&pci->kick);
    event_notifier_cleanup(&pci->interrupt);
    event_notifier_cleanup(&pci->resample);
    event_notifier_cleanup(&pci->stop);
}

/* ---- Interrupts ------------------------------------------------------------------------- */

static bool has_irqfd(const VirtioPci *pci)
{
    return __atomic_load_n(&pci->input, __ATOMIC_ACQUIRE) >= 0;
}

void virtio_pci_update_pin(VirtioPci *pci)
{
    bool level = !has_irqfd(pci) && virtio_interrupts(pci->device) != 0;

    if (level != pci->function.intx) {
        pci_set_intx(&pci->function, level);
    }
}

void virtio_pci_raise(void *opaque)
{
    VirtioPci *pci = opaque;

    if (has_irqfd(pci)) {
        event_notifier_set(&pci->interrupt);
        return;
    }
    memory_context_lock(pci->context);
    virtio_pci_update_pin(pci);
    memory_context_unlock(pci->context);
}

static void set_input(VirtioPci *pci, int input)
{
    __atomic_store_n(&pci->input, input, __ATOMIC_RELEASE);
}

void virtio_pci_disconnect(VirtioPci *pci)
{
    const PciBus *bus = pci->function.bus;

    if (has_irqfd(pci)) {
        bus->wires.remove_irqfd(bus->wires.opaque, pci->input, &pci->interrupt);
        set_input(pci, -1);
    }
}

static void connect(VirtioPci *pci, int input)
{
    const PciWires *wires = &pci->function.bus->wires;

    if (input >= 0 && wires->add_irqfd &&
        wires->add_irqfd(wires->opaque, input, &pci->interrupt, &pci->resample)) {
        set_input(pci, input);
    }
}

/* The thread may have just raised the interrupt on the old input, so it is told to look again. */
void virtio_pci_rerouted(PciFunction *function)
{
    VirtioPci *pci = function->opaque;
    int input = pci_intx_route(function);

    if (input != pci->input) {
        virtio_pci_disconnect(pci);
        connect(pci, input);
        virtio_pci_update_pin(pci);
        event_notifier_set(&pci->resample);
    }
}

/* ---- The thread ------------------------------------------------------------------------- */

enum { STOP, KICK, RESAMPLE, EVENTS };

static bool is_stopped(const VirtioPci *pci)
{
    struct pollfd stop = { event_notifier_get_fd(&pci->stop), POLLIN, 0 };

    return poll(&stop, 1, 0) > 0;
}

/* Looks after each chain whether the thread is to stop, because a driver may never stop adding
 * chains. The chains that are left wait for the next start. */
static void serve(VirtioPci *pci)
{
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        while (virtio_serve(pci->device, i) && !is_stopped(pci)) {
        }
    }
}

static void handle(VirtioPci *pci)
{
    if (event_notifier_test_and_clear(&pci->kick)) {
        serve(pci);
    }
    if (event_notifier_test_and_clear(&pci->resample) && virtio_interrupts(pci->device) != 0) {
        virtio_pci_raise(pci);
    }
}

static void *run(void *opaque)
{
    VirtioPci *pci = opaque;
    struct pollfd events[EVENTS] = {
        [STOP] = { event_notifier_get_fd(&pci->stop), POLLIN, 0 },
        [KICK] = { event_notifier_get_fd(&pci->kick), POLLIN, 0 },
        [RESAMPLE] = { event_notifier_get_fd(&pci->resample), POLLIN, 0 },
    };

    memory_context_set_current(pci->context);
    while (!is_stopped(pci)) {
        handle(pci);
        poll(events, EVENTS, -1);
    }
    return NULL;
}

/* Blocks all signals in the thread, so that other threads of the program get them. */
static int start_thread(VirtioPci *pci)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&pci->thread, NULL, run, pci);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

bool virtio_pci_start(VirtioPci *pci, Error **errp)
{
    if (pci->running) {
        return true;
    }
    memory_context_lock(pci->context);
    virtio_pci_rerouted(&pci->function);
    memory_context_unlock(pci->context);
    event_notifier_set(&pci->kick);
    event_notifier_set(&pci->resample);
    int error = start_thread(pci);
    if (error != 0) {
        error_setg_errno(errp, error, "the host gives no thread for a virtio device");
    }
    pci->running = error == 0;
    return pci->running;
}

void virtio_pci_stop(VirtioPci *pci)
{
    if (pci->running) {
        event_notifier_set(&pci->stop);
        pthread_join(pci->thread, NULL);
        event_notifier_test_and_clear(&pci->stop);
        pci->running = false;
    }
}
