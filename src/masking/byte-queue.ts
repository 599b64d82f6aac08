/** A first-in, first-out queue of bytes. Each byte is copied in once and out once, however small the portions are. */
export class ByteQueue {
  #bytes = new Uint8Array(64);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  append(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#bytes.length) this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** Returns a copy, because the queue reuses its own memory. */
  slice(from: number, to: number): Uint8Array {
    return this.#bytes.slice(this.#from + from, this.#from + to);
  }

  drop(count: number): void {
    this.#from = Math.min(this.#from + count, this.#to);
    if (this.#from === this.#to) this.#from = this.#to = 0;
  }

  #makeRoom(more: number): void {
    const needed = this.length + more;
    const target = needed * 2 > this.#bytes.length ? new Uint8Array(needed * 2) : this.#bytes;
    target.set(this.#bytes.subarray(this.#from, this.#to));
    this.#bytes = target;
    this.#to = this.length;
    this.#from = 0;
  }
}
