# SPDX-License-Identifier: MIT
# A part of physmemConfig.cmake, installed with the server.
physmem_add_library(serve physmem-serve physmem::physmem)
