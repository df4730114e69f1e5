"""A simulated Small Business Server 2011 behind a real WinRM endpoint, for demo, molecule and tests.

The lab shares no code with the plugins: it knows WinRM, the wire page (docs/wire.md) and Microsoft's
contract of the Exchange cmdlets, so that one mistake cannot hide another. README.md says what it leaves out.
"""
