"""simt: the one kernel text for GPUs, its Metal, CUDA and OpenCL preludes, and who runs it."""
