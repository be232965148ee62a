# SPDX-License-Identifier: MIT
# A part of physmemConfig.cmake, installed with the adapter for Unicorn.
find_library(physmem_unicorn_library unicorn)
find_path(physmem_unicorn_headers unicorn/unicorn.h)
mark_as_advanced(physmem_unicorn_library physmem_unicorn_headers)
if(physmem_unicorn_library AND physmem_unicorn_headers)
  physmem_add_library(unicorn physmem-unicorn physmem::physmem "${physmem_unicorn_library}")
  set_property(TARGET physmem::unicorn APPEND PROPERTY
    INTERFACE_INCLUDE_DIRECTORIES "${physmem_unicorn_headers}")
endif()
