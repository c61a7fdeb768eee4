// What a page does by itself: passkeys, one click one form, and copying. Without it everything but passkeys works.
"use strict";
(() => {
  const base64url = (buffer) => {
    let text = "";
    for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const bytes = (text) => {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  };

  // WebAuthn level 3, 5.1.8 to 5.1.10, by hand where the browser lacks them.
  const decoded = (creates, json) => {
    const options = json.publicKey || json;
    const parse = creates ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    if (PublicKeyCredential[parse]) return PublicKeyCredential[parse](options);
    const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
    const plain = { ...options, challenge: bytes(options.challenge) };
    if (options.user) plain.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) plain.excludeCredentials = known(options.excludeCredentials);
    if (options.allowCredentials) plain.allowCredentials = known(options.allowCredentials);
    return plain;
  };
  const encoded = (credential) => {
    if (credential.toJSON) {
      try { return credential.toJSON(); } catch { /* Some password managers answer with an object that cannot. */ }
    }
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = base64url(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id,
      rawId: base64url(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  };

  const ask = async (form) => {
    const creates = form.dataset.ceremony === "create";
    const publicKey = decoded(creates, JSON.parse(form.dataset.options));
    const credential = await navigator.credentials[creates ? "create" : "get"]({ publicKey });
    form.elements.namedItem(form.dataset.field).value = JSON.stringify(encoded(credential));
  };

  const tell = (form, words) => {
    let line = form.querySelector(".fault[role=alert]");
    if (!line) {
      line = document.createElement("p");
      line.className = "fault";
      line.setAttribute("role", "alert");
      form.insertBefore(line, form.querySelector("button[type=submit]"));
    }
    line.textContent = words;
  };

  const able = "PublicKeyCredential" in window && "credentials" in navigator;
  for (const form of document.querySelectorAll("form[data-ceremony]")) {
    const without = form.querySelector(".without");
    if (without && !able) without.classList.add("shown");
    if (without && able) without.hidden = true;
  }

  const hold = (form, held) => {
    form.dataset.held = held ? "yes" : "";
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.setAttribute("aria-disabled", String(held));
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    // By attribute: a field may be called `method`, and would answer in its place.
    if (form.getAttribute("method") !== "post") return;
    if (form.dataset.held) { event.preventDefault(); return; }
    hold(form, true);
    if (!form.dataset.ceremony || !able) return;
    event.preventDefault();
    ask(form).then(
      () => HTMLFormElement.prototype.submit.call(form),
      () => { hold(form, false); tell(form, form.dataset.cancelled); },
    );
  });

  // Back from the next page: the form may be sent again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-held]").forEach((form) => hold(form, false));
  });

  if (navigator.clipboard) {
    for (const block of document.querySelectorAll("[data-copy]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button quiet small";
      button.textContent = block.dataset.copy;
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.querySelector("code").textContent);
        button.textContent = block.dataset.copied;
        setTimeout(() => { button.textContent = block.dataset.copy; }, 2000);
      });
      block.append(button);
    }
  }
})();
