"""A simulated Exchange 2010 organisation, built from Microsoft's published cmdlet contract alone.

``contract.json`` is that contract (see NOTICE.md), ``binding`` refuses what PowerShell's parameter binder
would refuse, ``opath`` is the language of filters, the noun files hold Exchange's own rules, ``texts`` every
error text, ``organisation`` ties them together behind ``Organisation.invoke``.
"""
