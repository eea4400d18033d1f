// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a whole file from inside the kernel. kernel_read_file_from_path() would do for sysfs, but it refuses files
 * of procfs, which have no size.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "comeback_lab.h"

#define LARGEST_FILE (64 * 1024)

char *read_text_file(const char *path)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	ssize_t length = 0;
	loff_t position = 0;
	char *text;

	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOENT ? NULL : ERR_CAST(file);

	text = kvzalloc(LARGEST_FILE + 1, GFP_KERNEL);
	if (!text) {
		length = -ENOMEM;
		goto out;
	}
	while (position < LARGEST_FILE) {
		length = kernel_read(file, text + position, LARGEST_FILE - position, &position);
		if (length <= 0)
			break;
	}
	if (length > 0)
		length = -EFBIG;
out:
	filp_close(file, NULL);
	if (length < 0) {
		kvfree(text);
		return ERR_PTR(length);
	}
	return text;
}
