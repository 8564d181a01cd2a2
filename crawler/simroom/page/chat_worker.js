// The worker variant: the socket lives here, the page only gets decoded frames.
import { ChatSocket } from "./socket.js";

let chat;
onmessage = ({ data }) => {
  if (data.stop) {
    chat?.stop();
    close();
    return;
  }
  chat = new ChatSocket(data.base, data.idPrefix, (frames, received) => postMessage({ frames, received: { ...received } }));
};
