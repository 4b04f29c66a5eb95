// The frame with the outputs of one cell, in which html-manager shows the widgets.

import { Kernel, Outputs } from "/kernel.js";

const options = new URLSearchParams(location.search);
document.documentElement.setAttribute("theme", options.get("theme"));

requirejs.config({ baseUrl: "/nbextensions", paths: { anywidget: "anywidget/index" } });
const load = (name) => new Promise((resolve, reject) => requirejs([name], resolve, reject));

const { HTMLManager } = await load("@jupyter-widgets/html-manager");
const { shims } = await load("@jupyter-widgets/base");

class Manager extends HTMLManager {
  async _create_comm(targetName, id, data, metadata) {
    const comm = kernel.createComm(targetName, id);
    if (data || metadata) comm.open(data, metadata);
    return new shims.services.Comm(comm);
  }
}

const kernel = new Kernel((message) => parent.postMessage(message, "*"));
const manager = new Manager({ loader: load });
kernel.registerCommTarget(manager.comm_target_name, (comm, message) =>
  manager.handle_comm_open(new shims.services.Comm(comm), message),
);

async function showWidget({ model_id }, output) {
  const view = await manager.create_view(await manager.get_model(model_id));
  await manager.display_view(view, output);
}

const outputs = new Outputs(document.body, "output", showWidget);
window.onmessage = ({ data }) =>
  kernel.receive(data, (output) => {
    if (output.parent_header.msg_id === options.get("request")) return outputs.take(output);
  });
parent.postMessage("ready", "*");
