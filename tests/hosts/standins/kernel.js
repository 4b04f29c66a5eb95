// A kernel as a page of VS Code or Colab has it: messages come and go through the host, and what
// the page sends waits in the kernel while a cell runs.

const IDLE = "idle";

/** A signal that never fires. */
const never = () => ({ connect() {}, disconnect() {} });

class Comm {
  constructor(kernel, targetName, commId) {
    Object.assign(this, { kernel, targetName, commId });
  }

  open(data, metadata) {
    const { commId: comm_id, targetName: target_name } = this;
    return this.kernel.send("comm_open", { comm_id, target_name, data }, metadata);
  }

  send(data, metadata) {
    return this.kernel.send("comm_msg", { comm_id: this.commId, data }, metadata);
  }

  close(data, metadata) {
    this.kernel.comms.delete(this.commId);
    return this.kernel.send("comm_close", { comm_id: this.commId, data }, metadata);
  }
}

/** What the widget managers use of the kernel of `@jupyterlab/services`. */
export class Kernel {
  id = "standin";
  clientId = "standin";
  username = "standin";
  name = "python3";
  status = IDLE;
  handleComms = true;
  model = { id: "standin", name: "python3" };
  statusChanged = never();
  connectionStatusChanged = never();
  comms = new Map();
  #post;
  #targets = new Map();
  #sent = new Map();
  #done = Promise.resolve();

  /** `post` hands a message to the host. */
  constructor(post) {
    this.#post = post;
  }

  registerCommTarget(name, callback) {
    this.#targets.set(name, callback);
  }

  removeCommTarget(name) {
    this.#targets.delete(name);
  }

  createComm(targetName, commId = randomId()) {
    const comm = new Comm(this, targetName, commId);
    this.comms.set(commId, comm);
    return comm;
  }

  requestCommInfo(content) {
    return new Promise((resolve) => {
      this.send("comm_info_request", content).onReply = resolve;
    });
  }

  send(msg_type, content, metadata = {}) {
    const msg_id = randomId();
    const future = { msg: { header: { msg_id } }, onReply() {}, onIOPub() {}, onStdin() {} };
    this.#sent.set(msg_id, future);
    this.#post({ msg_id, msg_type, content, metadata });
    return future;
  }

  /** Take a message of the kernel; `show` gets those that are outputs. One after the other. */
  receive(message, show) {
    this.#done = this.#done.then(() => this.#take(message, show)).catch(console.error);
  }

  async #take(message, show) {
    const { msg_type } = message.header;
    const { content } = message;
    const future = this.#sent.get(message.parent_header?.msg_id);
    if (message.channel === "shell") return future?.onReply(message);
    future?.onIOPub(message);
    const comm = this.comms.get(content.comm_id);
    if (msg_type === "comm_open") {
      const opened = this.createComm(content.target_name, content.comm_id);
      await this.#targets.get(content.target_name)?.(opened, message);
    } else if (msg_type === "comm_msg") await comm?.onMsg?.(message);
    else if (msg_type === "comm_close") await comm?.onClose?.(message);
    else await show(message);
  }
}

/** `crypto.randomUUID` is missing where the origin is not secure, as in a sandbox. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
}

const WIDGET = "application/vnd.jupyter.widget-view+json";

/** The outputs of a cell: what a host without a renderer of ours makes of them. */
export class Outputs {
  #place;
  #className;
  #showWidget;
  #byDisplayId = new Map();

  constructor(place, className, showWidget) {
    this.#place = place;
    this.#className = className;
    this.#showWidget = showWidget;
  }

  async take({ header: { msg_type }, content }) {
    const id = content.transient?.display_id;
    if (msg_type === "update_display_data") {
      await this.#draw(this.#byDisplayId.get(id), content.data);
    } else if (msg_type === "display_data" || msg_type === "execute_result") {
      const output = this.#add();
      if (id) this.#byDisplayId.set(id, output);
      await this.#draw(output, content.data);
    } else if (msg_type === "stream") this.#add().textContent = content.text;
    else if (msg_type === "error") this.#add().textContent = content.traceback.join("\n");
  }

  #add() {
    const output = document.createElement("div");
    output.className = this.#className;
    this.#place.append(output);
    return output;
  }

  async #draw(output, data) {
    if (output === undefined) return;
    if (data[WIDGET]) await this.#showWidget(data[WIDGET], output);
    else if (data["text/html"]) output.innerHTML = data["text/html"];
    else output.textContent = data["text/plain"];
  }
}
