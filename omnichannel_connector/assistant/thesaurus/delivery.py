"""Words of what was ordered: on its way, or amiss. How they are written: see the package."""

DELIVERY = {
    "shipping": """ship|ships|shipped|shipping|shiping|shipment|postage|post|courier|deliver*|
        send a parcel|shippment|delivary|delivry|delievery|mail it|mail order|send it|send to|
        send out|royal mail|dispatch*|dhl|fedex|door to door|
        livraison*|livrer|livrez|envoi|envois|expedi*|frais de port|port|livrent|livres|livree*|
        livreur|livraisson*|envoyer|envoyez|envoye|envoyee*|par la poste|mondial relay|transporteur|
        a domicile|point relais|
        versand*|versend*|verschick*|liefer*|porto|verschik*|schickt ihr|schicken|zuschicken|
        zusend*|ausliefer*|zustell*|hermes|dpd|packstation|versenkosten|nach hause|
        envio|envios|envia*|domicilio|correos|transportista|mensajeria|mensajero|repartidor|
        paqueteria|
        entrega*|reparto|portes|frete|correio|correios|ctt|sedex|pac|transportadora|fretes""",
    "parcel": """parcel*|package*|packet|order*|purchase*|parsel*|item|items|bought|oder number|
        colis|paquet*|commande*|achat*|comande*|achete*|mon article|articles|
        pakete|packchen|sendung*|bestellung*|bestellt*|pakch*|paeckchen|bestellen|bestellnummer|
        auftrag*|ware|waren|lieferung|gekauft|einkauf*|artikel|
        pedido*|compra*|compre|articulo*|
        encomenda*|comprei|incomenda*|artigo*|pacote*""",
    "status": """where is my|where's my|tracking|track|on its way|not received|not arrived|any news|
        been sent|status|where are my|wheres my|were is my|traking|trackable|hasn't arrived|
        hasnt arrived|not come|hasn't come|not here yet|still waiting|in transit|out for delivery|
        delayed|dispatched yet|shipped yet|update on|any update*|not turned up|lost in post|
        nothing arrived|didn't arrive|
        suivi|ou est mon|ou est ma|pas recu|ou en est|ou sont mes|ou se trouve|pas arrive*|
        jamais recu|rien recu|pas encore recu|toujours pas recu|toujours rien|en route|retard|
        perdu*|des nouvelles|j'attends|
        sendungsverfolgung|unterwegs|wo bleibt|wo ist mein*|noch nicht da|nicht angekommen|
        wo sind meine|wo ist die|wo bleiben|sendungsnummer|trackingnummer|trackinglink|verfolgen|
        noch nichts bekommen|nicht erhalten|nicht bekommen|noch nicht bekommen|nichts erhalten|
        lieferstatus|bestellstatus|verschickt worden|schon verschickt|verspatet|verspaetet|
        verspatung|warte noch|noch nicht gekommen|stand meiner|nicht geliefert|
        seguimiento|donde esta mi*|no ha llegado|no me ha llegado|estado de mi|rastreo|
        donde estan mis|por donde va|aun no llega|no llega|no llego|no he recibido|sin recibir|
        no me llega|aun no recibo|todavia no llega|en camino|retraso|retrasad*|perdido|
        sigo esperando|
        onde esta a minha|onde esta o meu|nao chegou|rastrear|rastreio|rastreamento|
        seguir encomenda|acompanhar|onde esta meu|onde esta minha|onde anda|cade meu|cade minha|
        nao recebi|ainda nao recebi|ainda nao chegou|nao veio|a caminho|atrasad*|atraso|extraviad*|
        ja foi enviad*""",
    "duration": """how long|how many days|how fast|how soon|when will|delivery time|days|how quick*|
        how much time|lead time|waiting time|express|next day|weeks|
        delai*|combien de temps|combien de jours|quand arrive*|temps d'attente|jours ouvres|
        en combien|dure|durent|duree|rapidement|semaines|
        wie lange|wie schnell|dauer*|lieferzeit|wann kommt|wie viel zeit|wann kommen|wartezeit*|
        werktag*|lieferzeiten|lieferdauer|bearbeitungszeit|wochen|tage|wie lang|expressversand|
        am nachsten tag|
        cuanto tarda*|cuantos dias|en cuanto tiempo|cuando llega*|cuanto tiempo|cuando me llega*|
        cuando estara*|plazo de entrega|plazos|tarda|tardan|tardara|dura|duran|duracion|semanas|
        dias habiles|dias laborables|rapido|
        quanto tempo|quantos dias|demora*|quando chega*|qto tempo|qnto tempo|prazo de entrega|
        prazos|leva quanto|duracao|duram|dias uteis|rapidez|tempo de espera""",
    "abroad": """abroad|international*|worldwide|overseas|foreign|another country|other countries|
        customs|usa|the us|united states|canada|australia|norway|switzerland|belgium|mexico|brazil|
        england|united kingdom|austria|france|germany|spain|italy|portugal|japan|export*|
        import duty|duties|the uk|from uk|to europe|european union|ireland|scotland|netherlands|
        holland|china|the eu|all over europe|other country|my country|new zealand|
        etranger|monde entier|douane|norvege|suisse|belgique|bresil|angleterre|autriche|allemagne|
        espagne|italie|l'europe|dom-tom|outre-mer|pays-bas|hollande|irlande|royaume-uni|etats-unis|
        chine|japon|mexique|
        ausland|weltweit|zoll|norwegen|schweiz|belgien|osterreich|frankreich|deutschland|spanien|
        italien|anderes land|laender|lander|auslandsversand|einfuhr*|zollgebuhr*|europaweit|
        niederlande|irland|grossbritannien|brasilien|kanada|mexiko|vereinigte staaten|
        extranjero|todo el mundo|aduana|suiza|otro pais|otros paises|el exterior|fuera de espana|
        aranceles|europa|francia|alemania|italia|inglaterra|reino unido|estados unidos|eeuu|
        paises bajos|holanda|belgica|irlanda|noruega|
        estrangeiro|fora do pais|mundo inteiro|alfandega|brasil|outro pais|outros paises|
        internaciona*|no exterior|para fora|taxas aduaneiras|franca|espanha|alemanha|eua|suica|
        paises baixos|japao""",
    "deadline": """deadline*|in time|on time|by christmas|before christmas|for christmas|by friday|
        by tomorrow|last order*|latest date|at the latest|asap|urgent*|in a hurry|rush|last minute|
        date limite|dernier delai|a temps|dans les temps|avant noel|pour noel|au plus tard|
        avant vendredi|pour demain|derniere minute|derniere date|urgence|
        frist|fristen|rechtzeitig|spatestens|spaetestens|bis weihnachten|vor weihnachten|
        zu weihnachten|bis freitag|bis morgen|bestellschluss|einsendeschluss|anmeldeschluss|
        letzter termin|dringend*|eilig|kurzfristig|
        fecha limite|fecha tope|ultimo dia|a tiempo|antes de navidad|para navidad|antes del viernes|
        para manana|ultima hora|ultimo momento|urgencia|cuanto antes|
        data limite|prazo limite|a tempo|antes do natal|para o natal|ate ao natal|ate o natal|
        ate sexta|para amanha|o mais tardar|quanto antes""",
    "pickup": """pick up|pick it up|pickup|pick-up|collect*|fetch|click and collect|pick them up|
        picking up|picked up|pick-ups|pick it|come and get|come and pick|come get it|
        retirer|retrait|recuperer|venir chercher|retirez|retire|passer prendre|passer chercher|
        aller chercher|prendre sur place|venir prendre|retraits|
        abhol*|abzuhol*|abgeholt|abhohl*|abolen|selbstabhol*|holen|
        recoger|recogida|retirar|recojer|retiro en tienda|pasar a buscar|ir a buscar|pasar por el|
        ir por el|buscarlo|recogerlo|recoleccion|
        levantar|levantamento|recolher|ir buscar|retirada|recolha|vir buscar|passar buscar|
        levantamentos|pegar na loja|passar para pegar|passar ai|posso buscar""",
    "return": """return*|send it back|send back|give back|take back|bring back|exchange*|swap|
        retrun*|retun*|sent back|sending back|take it back|bring it back|swapping|change my mind|
        changed my mind|send them back|give it back|don't like it|doesn't fit|too small|too big|
        withdrawal|replace it|
        retour*|renvoy*|rendre|echang*|renvoi|renvoie|rendu|rapporter|ramener|retractation|
        change d'avis|changer d'article|trop petit*|trop grand*|convient pas|reprendre|reprenez|
        zuruckgeben|zuruckschick*|zurucksend*|rucksend*|ruckgabe|retoure*|umtausch*|tauschen|
        zuruck schicken|zuruck senden|zuruck geben|zurueck*|zuruckgeschickt|zuruckbring*|
        zurucknehm*|rueckgabe*|ruecksend*|widerruf*|eintauschen|umgetauscht|gefallt nicht|
        passt nicht|zu klein|zu gross|rucknahme|
        devol*|cambiar|cambio*|debol*|regresar el|devuelv*|devuelt*|descambiar|intercambi*|
        no me gusta|no me queda|no me sirve|no me vale|muy grande|muy pequen*|desistimiento|
        cambiarlo|cambiarla|arrepent*|
        trocar|troca|trocas|mandar de volta|enviar de volta|nao gostei|nao serve|nao me serve|
        nao serviu|muito grande|muito pequen*|arrepend*|desistir da compra|substituir""",
    "refund": """refund*|money back|credited|reimburs*|refound*|my money|get money|paid back|
        pay back|pay me back|chargeback|store credit|repay*|credit note|money returned|
        rembours*|rembourcement|rembourcer|recuperer mon argent|rendre l'argent|mon argent|
        argent rendu|note de credit|recredit*|
        erstatt*|geld zuruck|ruckzahlung|ruckerstatt*|rueckerstatt*|rueckzahlung|zuruckerstatt*|
        zurueckerstatt*|mein geld|geld wieder|geld zurueck|zuruckzahl*|zuruckbekomm*|zurueckzahl*|
        gutschrift|zuruckuberweis*|
        reembols*|dinero de vuelta|devolver el dinero|reenbolso|rembols*|devolucion del dinero|
        mi dinero|recuperar el dinero|devuelven el dinero|me devuelven|regresan el dinero|reintegr*|
        nota de credito|
        devolvem o dinheiro|dinheiro de volta|estorno|ressarc*|restitu*|meu dinheiro|
        devolver o dinheiro|devolucao do dinheiro|devolucao do valor|recuperar o dinheiro|
        dinheiro devolvido""",
    "damaged": """broken|broke|crack*|smash*|damage*|chipped|shattered|in pieces|defect*|faulty|
        brocken|brokken|dammage*|dented|dent|scratched|scratch|scratches|torn|ripped|snapped|
        leaking|leaked|fell apart|bad condition|crushed|flaw*|ruined|
        casse*|abime*|endommage*|fele*|brise*|defectueu*|cassure|dommage*|en morceaux|ebrech*|
        fissur*|raye|rayee|rayure*|dechire*|deterior*|mauvais etat|en mauvais etat|defaut*|ecras*|
        kaputt*|beschadigt*|zerbrochen*|bruch|scherben|sprung|beschaedigt*|kaput|schaden|
        transportschaden|gebrochen*|zersprungen|bruchstuck*|gesprungen|riss|risse|gerissen|
        zerrissen|kratzer|zerkratzt|delle|mangel|mangelhaft|abgebrochen|zerdruckt|defekt|defekte|
        roto*|rota*|danad*|estropead*|rompio|rompieron|rompe|rajad*|agrietad*|grieta*|golpead*|
        abollad*|rayad*|rallad*|en pedazos|en mal estado|mal estado|maltratad*|danos|desperfecto*|
        partido*|partida*|danificad*|estragad*|quebrad*|partiu|quebrou|rachad*|rachou|riscad*|
        rasgad*|amassad*|defeito*|defeituos*|em pedacos|aos pedacos|em mau estado|mau estado|
        estragou|danificou""",
    "wrong": """wrong item*|wrong product|wrong order|wrong one|wrong colour|wrong color|wrong size|
        wrong thing|missing|not what|mixed up|mix-up|didn't order|someone else's order|
        only received|
        mauvais article|mauvais produit|mauvaise taille|mauvaise couleur|pas le bon|pas la bonne|
        trompe|trompes|manque|manquant*|manquent|incomplet*|pas commande|pas ce que|
        falsch*|verwechs*|vertauscht|fehlt|fehlen|fehlende*|unvollstandig*|unvollstaendig*|
        nicht bestellt|nicht das|stimmt nicht|
        equivocad*|equivocaron|equivocacion|incorrect*|faltan|faltante*|no es lo|no pedi|
        otro producto|otro articulo|se olvidaron|
        errado*|errada*|engano|enganaram|incorret*|trocaram|faltam|faltou|faltava|nao pedi|nao e o|
        outro produto|esqueceram|diferente do""",
    "warranty": """warrant*|guarante*|stopped working|does not work|doesn't work|not working|
        repair*|flicker*|covered|garanti*|waranty|warrenty|garantee*|broke down|won't work|
        wont work|doesnt work|won't turn on|won't start|fix|fixing|mend|mending|not turning on|
        spare part*|servicing|
        reparer|reparation|ne marche plus|ne fonctionne*|garentie|reparez|reparable|fonctionne plus|
        marche pas|ne s'allume*|panne|sav|apres-vente|apres vente|pieces detachees|reparations|
        remettre en etat|
        garantie|reparier*|reparatur|funktioniert nicht|geht nicht mehr|gewahrleist*|gewaehrleist*|
        geht nicht|geht nicht an|lauft nicht|funktionirt|nicht mehr funktioniert|reklam*|
        ersatzteil*|kundendienst|reperatur|reperier*|
        garantia*|reparar|no funciona|arreglar|reparacion*|reparan|reparais|arreglo|arreglan|
        arreglais|dejo de funcionar|ya no funciona|no enciende|no prende|no anda|se averio|averia|
        servicio tecnico|repuesto*|
        nao funciona|avari*|conserto|garatia|reparacao|reparacoes|reparam|arranjar|arranjam|arranjo|
        consertar|consertam|conserta|parou de funcionar|deixou de funcionar|deixou de trabalhar|
        nao liga|nao trabalha|peca de reposicao|pecas sobresselentes""",
}
