"""What customers of shops and studios ask about, in five languages: a small thesaurus.

`*` at the end stands for any ending. Folded: lower case, no accents, ss for the German sharp s.
"""

import re

MARK = "zz"  # begins a concept among the terms; no word does

_CONCEPTS = {
    "price": """how much|price*|pricing|cost*|charge*|fee|fees|rate|rates|expensive|cheap*|
        quote|combien|prix|tarif*|coute*|couter*|cout|couts|cher|chere|devis|kostet|kosten|
        kostenlos|preis*|teuer|gebuhr*|wie viel|wieviel|cuanto cuesta*|cuanto es|cuanto vale*|
        precio*|coste|tarifa*|cuesta*|quanto custa*|quanto e|quanto fica|preco*|custo|custa*|
        valor|valores""",
    "hours": """open|opens|opening|opened|close|closes|closed|closing|business hours|hours|
        until when|what time|how late|horaire*|ouvert*|ouvre*|ouvrez|fermez|ferme|fermes|
        ferment|fermeture|quelle heure|offnet|geoffnet|offnungszeit*|auf haben|
        schliesst|schliessen|geschlossen|wie lange habt|bis wann|horario*|abren|abre|abierto*|
        abris|cierran|cierra|cerrado*|que hora|abrem|aberto*|aberta*|fecham|fecha|fechado*|
        que horas|funcionamento""",
    "place": """where are you|located|location|address*|adress*|find you|directions|
        get there|get to you|map|adresse|trouve*|situe*|ou etes|plan d'acces|
        wo seid|wo ist euer|wo ist der laden|wo ist das|anschrift|standort|
        anfahrt|wegbeschreibung|direccion|ubicacion|ubicad*|donde estan|donde esta la tienda|
        donde queda*|como llego|como llegar|endereco*|morada|onde fica*|onde estao|localizacao|
        como chego|como chegar""",
    "shipping": """ship|ships|shipped|shipping|shiping|shipment|postage|post|courier|deliver*|
        send a parcel|livraison*|livrer|livrez|envoi|envois|expedi*|frais de port|
        port|versand*|versend*|verschick*|liefer*|porto|envio|envios|envia*|entrega*|reparto|
        portes|frete|correio""",
    "parcel": """parcel*|package*|packet|colis|paquet*|pakete|packchen|sendung*|encomenda*|
        pedido*|order*|commande*|bestellung*|bestellt*|compra*|purchase*|achat*""",
    "status": """where is my|where's my|tracking|track|on its way|not received|not arrived|
        any news|been sent|status|suivi|ou est mon|ou est ma|pas recu|
        sendungsverfolgung|unterwegs|wo bleibt|wo ist mein*|noch nicht da|nicht angekommen|
        seguimiento|donde esta mi*|no ha llegado|no me ha llegado|estado de mi|
        onde esta a minha|onde esta o meu|nao chegou|rastrear|rastreio""",
    "duration": """how long|how many days|how fast|how soon|when will|
        delivery time|days|delai*|combien de temps|combien de jours|quand arrive*|wie lange|
        wie schnell|dauer*|lieferzeit|wann kommt|cuanto tarda*|cuantos dias|en cuanto tiempo|
        cuando llega*|quanto tempo|quantos dias|demora*|quando chega*""",
    "abroad": """abroad|international*|worldwide|overseas|foreign|another country|
        other countries|customs|etranger|monde entier|douane|ausland|weltweit|zoll|extranjero|
        todo el mundo|aduana|estrangeiro|fora do pais|mundo inteiro|alfandega|usa|the us|
        united states|canada|australia|norway|norwegen|norvege|switzerland|schweiz|suisse|
        suiza|belgium|belgique|belgien|mexico|brazil|brasil|bresil|england|united kingdom|
        angleterre|austria|osterreich|autriche|france|frankreich|germany|deutschland|allemagne|
        spain|espagne|spanien|italy|italien|italie|portugal|japan""",
    "return": """return*|send it back|send back|give back|take back|bring back|exchange*|swap|
        retour*|renvoy*|rendre|echang*|zuruckgeben|zuruckschick*|zurucksend*|rucksend*|
        ruckgabe|retoure*|umtausch*|tauschen|devol*|cambiar|cambio*|trocar|troca""",
    "refund": """refund*|money back|credited|reimburs*|rembours*|erstatt*|geld zuruck|
        ruckzahlung|reembols*|dinero de vuelta|devolver el dinero|devolvem o dinheiro|
        dinheiro de volta|estorno""",
    "payment": """pay|paying|payment*|paid|card|cards|cash|paypal|bank transfer|apple pay|
        google pay|instal*ments|paiement*|payer|carte|especes|virement|cheque|zahl*|bezahl*|
        karte|kreditkarte|bar zahlen|uberweis*|rechnungskauf|pagar|pago|pagos|tarjeta|efectivo|
        transferencia|pagamento*|cartao|dinheiro vivo|multibanco|mbway|bizum|klarna""",
    "invoice": """invoice*|receipt*|bill|vat|tax number|tax|facture*|justificatif|
        tva|rechnung|rechnungen|beleg|quittung|mehrwertsteuer|steuernummer|factura*|recibo*|
        nif|iva|fatura*|contribuinte""",
    "gift": """gift*|voucher*|present|certificate|cadeau*|gutschein*|geschenk*|regalo*|
        tarjeta regalo|vale regalo|prenda*|presente*|vale oferta|cheque oferta""",
    "booking": """book|books|booked|booking|bookings|reserve*|reservation*|sign up|enrol*|
        register|slot|spot|place in|seat|seats|appointment*|reserver|reservez|inscri*|
        rendez-vous|rdv|buch*|anmeld*|reservier*|termin|termine|platz frei|plaza|plazas|
        reserva*|apuntar*|cita|marcar|marcacao|inscrever*|inscricao|vaga|vagas|lugar""",
    "cancel": """cancel*|call off|can't come|cant come|can not come|can't make it|
        cannot make it|cant make it|move my booking|move my|reschedul*|
        postpone*|another date|annul*|decommand*|reporter|empech*|absag*|stornier*|verschieb*|
        nicht kommen|anular*|cancelar|aplazar|no puedo ir|no podre ir|desmarcar|adiar|
        nao posso ir""",
    "course": """class|classes|clases|course*|workshop*|lesson*|wheel|session|beginners|taster|
        cours|atelier de|stage|initiation|kurs|kurse|kursen|topferkurs*|unterricht|teilnahme|
        curso*|taller*|clase|aula|aulas|oficina*""",
    "child": """kid|kids|child*|son|daughter|toddler|baby|birthday|year old|years old|age|
        enfant*|petits|fils|fille|anniversaire|kind|kinder*|sohn|tochter|kindergeburtstag|
        nino*|nina*|hijo*|hija*|pequeno*|cumpleanos|crianca*|filho*|filha*|miudo*|aniversario""",
    "custom": """custom|customi*|bespoke|commission|made to order|personali*|
        engrav*|logo|sur mesure|personnalis*|commande speciale|sonderanfert*|einzelanfert*|
        nach wunsch|massanfert*|individuell*|gravur|a medida|personaliz*|por encargo|
        por encomenda|medida""",
    "wash": """dishwasher*|microwave*|wash|washing|clean|cleaning|oven|care for|lave-vaisselle|
        lave vaisselle|micro-onde*|laver|entretien|entretenir|spulmaschine*|mikrowelle*|spulen|
        reinig*|pflege*|ofenfest|lavavajillas|lavaplatos|microondas|lavar|limpiar|horno|loica|
        micro-ondas|limpar|forno|maquina""",
    "damaged": """broken|broke|crack*|smash*|damage*|chipped|shattered|in pieces|defect*|
        faulty|casse*|abime*|endommage*|fele*|brise*|defectueu*|kaputt*|beschadigt*|
        zerbrochen*|bruch|scherben|sprung|roto*|rota*|danad*|estropead*|partido*|partida*|
        danificad*|estragad*|quebrad*""",
    "stock": """stock|in stock|sold out|available|availability|restock*|still have|
        again|left|disponible*|rupture|epuise*|lager|vorratig|lieferbar|ausverkauft|verfugbar|
        nachschub|existencias|agotad*|quedan|disponibl*|disponivel|esgotad*|reposicao""",
    "discount": """discount*|promo*|coupon*|sale|code|special offer|reduction*|reduit*|soldes|
        rabatt*|aktion|nachlass|descuento*|oferta|rebaja*|cupon|desconto*|cupao|promoc*""",
    "trade": """wholesale|trade price|trade list|reseller*|retailer*|bulk|restaurant*|cafe|
        hotel|en gros|grossiste|professionnel*|revendeur*|handler*|wiederverkauf*|grosshandel|
        mengenrabatt|gastronomie|grosse mengen|mayor|mayorista|revend*|distribuidor*|grosso|
        atacado""",
    "warranty": """warrant*|guarante*|stopped working|does not work|doesn't work|not working|
        repair*|flicker*|covered|garanti*|reparer|reparation|ne marche plus|ne fonctionne*|
        garantie|reparier*|reparatur|funktioniert nicht|geht nicht mehr|garantia*|reparar|
        no funciona|arreglar|nao funciona|avari*|conserto""",
    "parking": """park|parking|car park|garer|stationn*|voiture|parken|parkplatz*|
        parkhaus|auto|aparcar|aparcamiento|estacion*|coche|carro""",
    "access": """wheelchair*|accessible|accessibility|step free|steps|step|stairs|elevator|
        lift|pram|disabled|fauteuil roulant|ascenseur|escalier*|handicap*|poussette|
        mobilite reduite|rollstuhl*|barrierefrei|aufzug|fahrstuhl|treppe*|stufe*|kinderwagen|
        silla de ruedas|accesible|ascensor|escalera*|cadeira de rodas|
        acessivel|elevador|escadas|mobilidade""",
    "pickup": """pick up|pick it up|pickup|pick-up|collect*|fetch|click and collect|retirer|
        retrait|recuperer|venir chercher|abhol*|recoger|recogida|retirar|
        levantar|levantamento|recolher|ir buscar""",
    "person": """human|real person|a person|somebody real|agent|employee""",
    "material": """material*|made of|ingredient*|allerg*|lead free|matiere*|
        compose*|woraus|bestandteil*|zutaten|inhaltsstoff*|componente*|ingrediente*|hecho de|
        feito de""",
    "size": """size*|how big|dimension*|height|width|diameter|taille*|hauteur|largeur|grosse|
        masse|durchmesser|tamano*|altura|ancho|tamanho*|largura""",
    "colour": """colour*|color*|couleur*|farbe*|farben|colores|cor|cores""",
    "job": """job|jobs|hiring|vacanc*|internship|recrut*|emploi|stage d|praktikum|stelle|
        stellen|empleo|trabajar con|practicas|emprego|vaga de|estagio""",
}


def _compiled(words: str) -> re.Pattern:
    phrases = (" ".join(phrase.split()) for phrase in words.split("|"))
    patterns = (re.escape(phrase).replace(r"\*", r"\w*") for phrase in phrases if phrase)
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_PATTERNS = {MARK + name: _compiled(words) for name, words in _CONCEPTS.items()}


def find_concepts(folded: str) -> list[str]:
    """Return the concepts that a folded text is about."""
    return [name for name, pattern in _PATTERNS.items() if pattern.search(folded)]


def split_concepts(folded: str) -> tuple[dict[str, str], str]:
    """Return {concept: the words that speak of it} of a folded text, and all its other words."""
    spoken, rest = {}, list(folded)
    for name, pattern in _PATTERNS.items():
        for found in pattern.finditer(folded):
            spoken[name] = f"{spoken.get(name, '')} {found[0]}".strip()
            rest[found.start() : found.end()] = " " * len(found[0])
    return spoken, "".join(rest)
