"""The roofline: what a device can do through a framework, and by its maker's word."""
