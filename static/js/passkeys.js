// Passkeys: before a form marked with data-passkey is sent, the browser is asked for the proof that goes with it.

// Offered only where it can work: by a script, in a browser that knows passkeys.
for (const form of document.querySelectorAll("[data-passkey=login]")) form.hidden = !window.PublicKeyCredential;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await proof(form));
    // Past this listener: it has what it waited for.
    HTMLFormElement.prototype.submit.call(form);
  } catch {
    problem.hidden = false;
  }
});

async function proof(form) {
  if (form.dataset.passkey === "login") return window.webauthnJSON.get((await asked(form.action)).request_options);
  const options = JSON.parse(document.getElementById("passkey-options").textContent);
  if (form.dataset.passkey === "use") return window.webauthnJSON.get(options.request_options);
  const creation = options.creation_options;
  const alone = form.elements.passwordless.checked;
  Object.assign(creation.publicKey.authenticatorSelection, {
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
    ...(alone && { userVerification: "required" }),
  });
  return window.webauthnJSON.create(creation);
}

async function asked(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error("no options");
  return answer.json();
}
