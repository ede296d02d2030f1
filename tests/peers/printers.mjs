// Others' printing libraries as the other side: each prints the same receipt, in its own way.
// Started in a folder whose node_modules hold them:
//
//   node printers.mjs LIBRARY HOST PORT PICTURE.png [MODE]

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";

const require = createRequire(`${process.cwd()}/`);
const [library, host, port, picture, mode] = process.argv.slice(2);

const TEXT = "Crème brûlée €1,25 äöüß";
const EAN = "871040014598";
const QR = "https://bon.example.nl/r/8f3a";

function send(bytes) {
  return new Promise((sent, failed) => {
    const socket = connect(Number(port), host, () => socket.end(bytes));
    socket.setNoDelay(true);
    socket.on("close", sent).on("error", failed);
  });
}

const printers = {
  async encoder() {
    const { PNG } = require("pngjs");
    const Encoder = require("@point-of-sale/receipt-printer-encoder");
    const { width, height, data } = PNG.sync.read(readFileSync(picture));
    const encoder = new Encoder({ language: "esc-pos", columns: 48, imageMode: mode });
    await send(encoder.initialize()
      .codepage("auto").line(TEXT)
      .bold(true).line("BOLD").bold(false)
      .width(2).height(2).line("LARGE").width(1).height(1)
      .align("right").line("right").align("left")
      .table([{ width: 36, align: "left" }, { width: 12, align: "right" }], [["Milk", "1.29"]])
      .barcode(EAN, "ean13", 60)
      .qrcode(QR)
      .image({ width, height, data }, width, height, "threshold", 128)
      .newline(6).cut("full").pulse()
      .encode());
  },
  async thermal() {
    const { CharacterSet, PrinterTypes, ThermalPrinter } = require("node-thermal-printer");
    const printer = new ThermalPrinter({
      type: PrinterTypes.EPSON, width: 48, interface: `tcp://${host}:${port}`,
      characterSet: CharacterSet.WPC1252,
    });
    printer.println(TEXT);
    printer.bold(true);
    printer.println("BOLD");
    printer.bold(false);
    printer.setTextQuadArea();
    printer.println("LARGE");
    printer.setTextNormal();
    printer.alignRight();
    printer.println("right");
    printer.alignLeft();
    printer.leftRight("Milk", "1.29");
    printer.printBarcode(EAN, 67, { width: 3, height: 60, hriPos: 2, hriFont: 0 });
    printer.newLine();
    printer.printQR(QR, { cellSize: 6 });
    await printer.printImage(picture);
    printer.newLine();
    printer.cut();
    printer.openCashDrawer();
    await printer.execute();
  },
};

await printers[library]();
