// A toast goes after 8 seconds, but not while someone points at it or stands in it.

const toasts = document.getElementById("toasts");

function expire(toast) {
  setTimeout(() => (toast.matches(":hover, :focus-within") ? expire(toast) : toast.remove()), 8000);
}

[...toasts.children].forEach(expire);
new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.addedNodes])) if (node.matches) expire(node);
}).observe(toasts, { childList: true });
