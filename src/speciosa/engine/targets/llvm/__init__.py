"""The fast target: equations as machine code with one person in each lane of the processor's vectors."""
