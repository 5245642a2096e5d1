// The live page in a notebook: it stands in a frame, and this passes on what moves, from it to the kernel and back.
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-modals");
  Object.assign(frame.style, { width: "100%", height: "720px", border: "0" });
  frame.title = model.get("summary");
  frame.srcdoc = model.get("document");
  let ready = false, telling = false;
  const tell = (message) => frame.contentWindow?.postMessage(message, "*");
  const give = () => { if (ready && !telling) tell({ type: "leaves", leaves: model.get("leaves") }); };
  const hear = ({ source, data }) => {
    if (source !== frame.contentWindow || data?.type !== "state") return;
    if (!ready) { // the page has just begun: another view, or the kernel, may be further
      ready = true;
      if (model.get("state")) tell({ type: "restore", state: model.get("state") });
      give();
      return;
    }
    telling = true; // what the page says is not said back to it: it may have moved on
    model.set("leaves", data.leaves);
    model.set("state", data.state);
    telling = false;
    model.save_changes();
  };
  addEventListener("message", hear);
  model.on("change:leaves", give);
  el.append(frame);
  return () => { removeEventListener("message", hear); model.off("change:leaves", give); frame.remove(); };
}
export default { render };
