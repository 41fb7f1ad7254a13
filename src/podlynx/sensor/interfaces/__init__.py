"""From a pod to its interface on the node, with no capability: netlink answers anyone, and so does most of /proc."""
