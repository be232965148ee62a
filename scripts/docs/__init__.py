# SPDX-License-Identifier: MIT
"""What scripts/make-docs is made of: readers of headers and Markdown, writers of doxygen's input
and of manual pages."""
