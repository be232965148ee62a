# SPDX-License-Identifier: MIT
# A part of physmemConfig.cmake, installed with the adapter for KVM.
physmem_add_library(kvm physmem-kvm physmem::physmem)
