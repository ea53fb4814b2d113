// Runs before htmx, which would note each address, searches included. Shared computers keep nothing.

Storage.prototype.setItem = () => {
  throw new DOMException("Web storage is off.", "SecurityError");
};
